#pragma once
// softmax_statistics written in Torch operations: for devices without a kernel, and what the tests hold the kernels against.
#include "loss/softmax_statistics.h"

namespace seg {

// As softmax_statistics; float64 logits are taken too. Keeps several volumes of the logits' size for the backward pass.
SoftmaxStatistics plain_statistics(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& contour,
                                   const torch::Tensor& weight);

}  // namespace seg
