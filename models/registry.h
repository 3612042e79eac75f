#pragma once
// Name -> network.
#include "config/model_config.h"

#include <torch/torch.h>

#include <array>

namespace seg {

// What every network is: [B, C_in, D, H, W] -> logits [B, M, D, H, W].
struct Network : torch::nn::Module {
  virtual torch::Tensor forward(const torch::Tensor& image) = 0;
  // Each axis of the patch must be a multiple of this.
  virtual std::int64_t size_multiple() const = 0;
};

// Builds `config.name`. patch: training patch D, H, W. Throws Error(config) with the key for an unknown name or a patch that does not fit.
// Weights are initialised from Torch's default generator: seed it first.
std::shared_ptr<Network> make_network(const ModelConfig& config, std::int64_t channels, std::int64_t classes,
                                      const std::array<std::int64_t, 3>& patch);

}  // namespace seg
