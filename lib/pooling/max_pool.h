#pragma once
#include <torch/types.h>

namespace seg {

// The largest value of each 2x2x2 cube: x [B, C, D, H, W], even D, H and W, to half the size. On a
// GPU an operation of our own, since Torch's copies channels_last volumes to contiguous ones and
// back and adds gradients in no fixed order; on a CPU without a gradient, and channels_last, one in
// vectors; elsewhere Torch's.
torch::Tensor max_pool2(const torch::Tensor& x);

}  // namespace seg
