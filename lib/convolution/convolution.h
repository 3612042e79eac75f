#pragma once
// The convolutions on a CPU that are our own and have gradients: stride 1, 3x3x3 or 5x5x5 taps,
// zeros around, in float32 arithmetic. Winograd's (winograd.h), and for few input channels the
// definition. Without autograd: evaluate.h.
#include <torch/types.h>

namespace seg {

// Whether ours takes these and is then faster than Torch's convolution to `type`, float32 or
// bfloat16. xs: volumes that stand one after another along the channels, each [B, C_i, D, H, W] and
// each but the last of a multiple of 16 channels; of 1 to 3 channels and r = 3, one volume; weight
// [M, sum of C_i, r, r, r]. README.md says when and why.
bool convolution_pays(at::TensorList xs, const torch::Tensor& weight, torch::ScalarType type);

// The convolution of the xs, which need not be copied together, with r / 2 zeros on each side: xs
// float32 or bfloat16, weight float32, r = 3 or 5, bias [M] float32 or undefined -> [B, M, D, H, W]
// of `type`, channels_last_3d. Differentiable, once. The same bits on any number of threads; the
// data gradient of 1 to 3 channels, which is Torch's, as far as Torch promises it. An infinite
// value or NaN may spread as NaN over a tile. Throws Error(failure) for anything else.
torch::Tensor convolution(at::TensorList xs, const torch::Tensor& weight, const torch::Tensor& bias,
                          torch::ScalarType type);

}  // namespace seg
