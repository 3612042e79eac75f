#pragma once
// Networks that a test can afford, and a step of training.
#include "models/registry.h"
#include "support/word.h"

#include <torch/torch.h>

namespace seg::test {

// Of any name in model.name; a patch of 16 along each axis fits.
inline ModelConfig small_model(const std::string& name) {
  ModelConfig config;
  config.name = word(name);
  config.base_channels = 4;
  config.feature_size = 4;
  config.hidden_size = 24;
  config.mlp_dim = 48;
  config.num_heads = 3;
  config.backbone = Backbone::resnet18;
  return config;
}

// A U-Net of one channel and two classes for patches of 32 x 32 x 32.
inline std::shared_ptr<Network> small_unet(std::int64_t base = 4) {
  ModelConfig config;
  config.base_channels = base;
  return make_network(config, 1, 2, {32, 32, 32});
}

inline torch::optim::Adam adam(Network& network) {
  return torch::optim::Adam(network.parameters(), torch::optim::AdamOptions(1e-2));
}

// On noise that `seed` draws.
inline void train_step(Network& network, torch::optim::Adam& optimiser, std::uint64_t seed) {
  torch::manual_seed(seed);
  optimiser.zero_grad();
  network.forward(torch::randn({1, 1, 32, 32, 32})).square().mean().backward();
  optimiser.step();
}

}  // namespace seg::test
