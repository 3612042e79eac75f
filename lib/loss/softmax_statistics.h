#pragma once
// The one differentiable operation behind every loss: sums of the softmax per class and part, in
// one pass over the logits, and a formula of them.
#include "loss/loss_formula.h"

#include <torch/types.h>

namespace seg {

struct SoftmaxKernels;  // softmax_kernel.h

// Sums over the voxels of one sample; part 0 is the rest {C = 0}, part 1 the contour {C = 1}.
struct SoftmaxStatistics {
  torch::Tensor sums;           // float64 [B, 2 parts, 4, M]: p g, p^2, p, g of every class
  torch::Tensor cross_entropy;  // float64 [B, 2 parts]: w (-log p_y)
};

// logits: float32, bfloat16 or float16 [B, M, D, H, W], contiguous or channels_last_3d (anything
// else is copied); labels: uint8 [B, D, H, W], 255 counts nowhere; contour: uint8 [B, D, H, W] 0 or
// 1, or undefined (all rest); weight: float32 [B, D, H, W], or undefined (1). All on one device.
// Differentiable with respect to the logits; the backward pass recomputes the softmax, and the only
// volume it allocates is the gradient. The result does not depend on the number of threads.
// Throws Error(data) for a label that is neither a class nor 255; on a GPU, which nobody waits for,
// the sums are then NaN. Throws Error where a volume does not fit the logits, or for more than 255
// classes.
SoftmaxStatistics softmax_statistics(const torch::Tensor& logits, const torch::Tensor& labels,
                                     const torch::Tensor& contour, const torch::Tensor& weight);

// The same by the given CPU kernels, which must outlive the backward pass.
SoftmaxStatistics softmax_statistics(const torch::Tensor& logits, const torch::Tensor& labels,
                                     const torch::Tensor& contour, const torch::Tensor& weight,
                                     const SoftmaxKernels& kernels);

// The loss that the formula makes of these sums: a float32 scalar on the device of the logits,
// differentiable with respect to them. Waits for no GPU: a handful of kernels forwards, two
// backwards. Throws as softmax_statistics.
torch::Tensor softmax_loss(const torch::Tensor& logits, const torch::Tensor& labels,
                           const torch::Tensor& contour, const torch::Tensor& weight,
                           const LossFormula& formula);

}  // namespace seg
