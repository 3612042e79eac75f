#pragma once
// softmax_statistics on the CPU: chunks of voxels on all threads through one kernel set.
#include "loss/softmax_kernel.h"
#include "loss/statistics_volumes.h"

namespace seg {

// float64 [B, sums_size(M)], as sums_layout.h has it.
torch::Tensor statistics_on_cpu(const StatisticsVolumes& v, const SoftmaxKernels& kernels);

// The gradient with respect to the logits, in their type and memory format; d: float64 [B, 8 M +
// 2].
torch::Tensor gradient_on_cpu(const StatisticsVolumes& v, const torch::Tensor& d,
                              const SoftmaxKernels& kernels);

}  // namespace seg
