#pragma once
// How the learning rate falls.
#include "config/training_config.h"

namespace seg {

// Learning rate of an epoch (counted from 0): training.learning_rate, times training.decay for each
// milestone reached.
double learning_rate_at(const TrainingConfig& config, std::int64_t epoch);

}  // namespace seg
