#include "training/schedule.h"

namespace seg {

double learning_rate_at(const TrainingConfig& config, std::int64_t epoch) {
  double rate = config.learning_rate;
  for (const std::int64_t milestone : config.milestones)
    if (epoch >= milestone) rate *= config.decay;
  return rate;
}

}  // namespace seg
