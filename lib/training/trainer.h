#pragma once
// Trains a network as a configuration says, and resumes where a killed run stood.
#include "inference/compute.h"
#include "run/experiment.h"
#include "run/run_folder.h"

namespace seg {

// Trains to training.epochs or training.max_steps, validating and writing checkpoints into `run`;
// continues from run.begun(). Returns the state at the end. Throws Error(interrupted) after writing
// `last` on a stop signal, Error(failure) naming step and cases where the loss is not finite.
TrainingState train(const Config& config, const Experiment& experiment, const RunFolder& run,
                    const Compute& compute);

}  // namespace seg
