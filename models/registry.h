#pragma once
// One row per network: what make_network, the signature and the checks know of it.
#include "config/model_config.h"
#include "core/axes.h"
#include "models/network.h"

#include <memory>
#include <string>
#include <vector>

namespace seg {

// A key of the section `model` and how the signature tells it: {} is its value; a key that is true
// or false is told where it is true.
struct SignatureKey {
  std::string key, told;
};

struct NetworkRow {
  std::shared_ptr<Network> (*make)(const ModelConfig& config, std::int64_t channels,
                                   std::int64_t classes, const Dhw<std::int64_t>& patch);
  // The network's own keys among those that affect the network.
  std::vector<SignatureKey> keys;
  // Each size of the patch is a multiple of this.
  std::int64_t size_multiple;
  // It has BatchNorm where its maps are smaller than the patch by size_multiple.
  bool norm_at_the_deepest = true;
  // Torch has a kernel for each of its operations that gives the same numbers in every run.
  bool deterministic_on_gpu = true;
};

NetworkRow row_of(const ModelConfig& config);

// Builds `config.name`. patch: training patch. Throws Error(config) with the key for a patch or
// channels that the network cannot take. Weights are initialised from Torch's default generator:
// seed it first.
std::shared_ptr<Network> make_network(const ModelConfig& config, std::int64_t channels,
                                      std::int64_t classes, const Dhw<std::int64_t>& patch);

// "unet 1 -> 16, base 16": what a checkpoint must have been trained as; every key that changes what
// the same weights compute or their shape.
std::string signature_of(const ModelConfig& config, std::int64_t channels, std::int64_t classes);

// BatchNorm cannot train on one value per channel. Throws Error(config) where the patch leaves one
// voxel at the deepest level; the batch does not help, as an epoch's last may be one sample.
void require_two_deepest_voxels(const ModelConfig& config, const Dhw<std::int64_t>& patch);

}  // namespace seg
