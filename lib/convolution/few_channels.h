#pragma once
// Convolutions of few input channels, a network's first, by their definition in float32; tensors in
// channels_last_3d. For this folder.
#include "convolution/winograd_steps.h"

#include <torch/types.h>

namespace seg {

// Whether weight [M, C, r, r, r] has so few input channels that the definition is faster than the
// library's convolution in float32 (README.md).
bool has_few_channels(const torch::Tensor& weight);

// The gradients of filters and bias from x [B, C, D, H, W] and dy [B, M, D, H, W], float32 or
// bfloat16, of 3x3x3 taps. The same bits on any number of threads.
ParameterGradients few_channel_gradients(const torch::Tensor& x, const torch::Tensor& dy);

}  // namespace seg
