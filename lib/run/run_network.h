#pragma once
// The network of a run.
#include "inference/compute.h"
#include "models/registry.h"
#include "run/experiment.h"

namespace seg {

// The network a configuration describes, for data of so many channels and classes, on its
// device and in its memory format.
// Its random weights are a function of training.seed.
std::shared_ptr<Network> network_for(const Config& config, std::int64_t channels,
                                     std::int64_t classes, const Compute& compute);
std::shared_ptr<Network> network_for(const Config& config, const Experiment& experiment,
                                     const Compute& compute);

// "unet 1 -> 16, base 16": what a checkpoint must have been trained as.
std::string model_signature(const Config& config, const Experiment& experiment);

}  // namespace seg
