#pragma once
// The kernels of the 2x2x2 max-pool of a CPU, without a gradient: plain C++, no Torch.
#include "core/processor.h"

#include <cstdint>

namespace seg {

// The pooled volume, [samples * depth, height, width, channels] in this order in memory. What it is
// pooled from is twice as long along depth, height and width.
struct PoolRows {
  const void* x = nullptr;
  void* y = nullptr;
  bool bfloat16 = false;  // else float32
  std::int64_t height = 0, width = 0, channels = 0;
};

struct PoolKernels {
  // Rows begin .. end - 1 of the pooled volume: along its width, samples * depth * height of them.
  void (*rows)(const PoolRows& volume, std::int64_t begin, std::int64_t end);
};

SEG_EACH_SET(PoolKernels pool_kernels())

// The sets that may run here, slowest first.
const std::vector<NamedKernels<PoolKernels>>& all_pool_kernels();

}  // namespace seg
