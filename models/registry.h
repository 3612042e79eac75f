#pragma once
// Name -> network.
#include "config/model_config.h"
#include "models/network.h"

#include <array>
#include <memory>

namespace seg {

// Builds `config.name`. patch: training patch D, H, W. Throws Error(config) with the key for an unknown name, a patch or channels that the
// network cannot take. Weights are initialised from Torch's default generator: seed it first.
std::shared_ptr<Network> make_network(const ModelConfig& config, std::int64_t channels, std::int64_t classes,
                                      const std::array<std::int64_t, 3>& patch);

}  // namespace seg
