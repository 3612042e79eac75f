#pragma once
// Torch's transposed convolution on a CPU, but for the gradient of its bias: oneDNN sums that up
// voxel by voxel in a plain loop, which takes longer than the rest of the gradients.
#include <torch/types.h>

namespace seg {

// Whether these are a volume and filters on a CPU, with a bias that learns.
bool transposed_pays(const torch::Tensor& x, const torch::Tensor& weight,
                     const torch::Tensor& bias);

// x [B, C, D, H, W] float32 or bfloat16, weight [C, M, r, r, r] and bias [M] float32 -> [B, M, ...]
// of `type`, without padding; products and sums as Torch takes them in that type. Differentiable,
// once.
torch::Tensor transposed_convolution(const torch::Tensor& x, const torch::Tensor& weight,
                                     const torch::Tensor& bias, at::IntArrayRef stride,
                                     torch::ScalarType type);

}  // namespace seg
