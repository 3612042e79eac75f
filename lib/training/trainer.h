#pragma once
// Trains a network as a configuration says, and resumes where a killed run stood.
#include "inference/compute.h"
#include "run/experiment.h"
#include "run/run_folder.h"

namespace seg {

// Learning rate of an epoch (counted from 0): training.learning_rate, times training.decay for each
// milestone reached.
double learning_rate_at(const TrainingConfig& config, std::int64_t epoch);

// Throws Error(config) where training.deterministic is asked of a network that has no deterministic
// gradient on its device.
void check_determinism(const ModelConfig& model, const Compute& compute);

// Likewise, and for a loss or an augmentation that the data set or the device cannot have.
void check_training(const Config& config, const Experiment& experiment, const Compute& compute);

// Trains to training.epochs or training.max_steps, validating and writing checkpoints into `run`;
// continues from its `last` checkpoint where it has one. Returns the state at the end. Throws
// Error(interrupted) after writing `last` on a stop signal, Error(failure) naming step and cases
// where the loss is not finite.
TrainingState train(const Config& config, const Experiment& experiment, const RunFolder& run,
                    const Compute& compute);

}  // namespace seg
