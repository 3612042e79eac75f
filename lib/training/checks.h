#pragma once
// What cannot be trained is refused before anything is preprocessed or written.
#include "inference/compute.h"
#include "run/experiment.h"

namespace seg {

// Throws Error(config) where training.deterministic is asked of a network that has no deterministic
// gradient on its device.
void check_determinism(const ModelConfig& model, const Compute& compute);

// Likewise, and for a loss or an augmentation that the data set or the device cannot have.
void check_training(const Config& config, const Experiment& experiment, const Compute& compute);

// All of that, and a patch or initial weights that do not fit the network. continues: the run has a
// checkpoint, so model.weights is not read.
void require_trainable(const Config& config, const Experiment& experiment, const Compute& compute,
                       bool continues);

}  // namespace seg
