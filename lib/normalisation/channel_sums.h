#pragma once
// Sums of a volume's channels, as the CPU's passes of normalisation take them.
#include <torch/types.h>

namespace seg {

// [C] float32: of x [B, C, D, H, W] float32 or bfloat16 on a CPU, some rows in float32 and these in
// float64, in an order that its shape alone decides.
torch::Tensor channel_sums(const torch::Tensor& x);

}  // namespace seg
