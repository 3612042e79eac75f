#pragma once
// The max-pool of a CPU without a gradient, in one pass.
#include "pooling/max_pool_kernel.h"

#include <torch/types.h>

namespace seg {

// Whether the kernels take x, and no gradient is asked for: float32 or bfloat16, channels_last_3d.
bool pools_on_cpu(const torch::Tensor& x);

torch::Tensor max_pool2_on_cpu(const torch::Tensor& x,
                               const PoolKernels& kernels = all_pool_kernels().back().kernels);

}  // namespace seg
