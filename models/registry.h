#pragma once
// Name -> network.
#include "config/model_config.h"
#include "core/axes.h"
#include "models/network.h"

#include <memory>

namespace seg {

// Builds `config.name`. patch: training patch D, H, W. Throws Error(config) with the key for an
// unknown name, a patch or channels that the network cannot take. Weights are initialised from
// Torch's default generator: seed it first.
std::shared_ptr<Network> make_network(const ModelConfig& config, std::int64_t channels,
                                      std::int64_t classes, const Dhw<std::int64_t>& patch);

// "unet 1 -> 16, base 16": what a checkpoint must have been trained as; every key that changes what
// the same weights compute or their shape.
std::string signature_of(const ModelConfig& config, std::int64_t channels, std::int64_t classes);

}  // namespace seg
