#pragma once
// The convolutions that a network's forward pass meets.
#include "models/network.h"

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace seg::bench {

// Of stride `stride` and padding `padding` along every axis.
struct Layer {
  std::vector<std::int64_t> x, weight;  // sizes
  std::int64_t stride = 1, padding = 0, dilation = 1;
  bool bias = false, transposed = false;
  auto operator<=>(const Layer&) const = default;

  double gflop() const;  // of one pass
  bool ours() const;     // of a shape that convolution/convolution.h knows
};

struct MetLayer {
  Layer layer;
  torch::Tensor x, weight;
};

// One of each kind, with the first operands it was seen with, in training mode, by Torch.
std::vector<MetLayer> layers_of(Network& network, const torch::Tensor& image);

}  // namespace seg::bench
