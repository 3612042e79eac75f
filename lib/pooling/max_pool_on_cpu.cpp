#include "pooling/max_pool_on_cpu.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

namespace seg {

const std::vector<NamedKernels<PoolKernels>>& all_pool_kernels() {
  static const auto sets =
      runnable(portable::pool_kernels(), avx2::pool_kernels(), avx512::pool_kernels());
  return sets;
}

bool pools_on_cpu(const torch::Tensor& x) {
  if (!x.is_cpu() || x.dim() != 5 || x.numel() == 0) return false;
  if (torch::GradMode::is_enabled() && x.requires_grad()) return false;
  for (int d = 2; d < 5; ++d)
    if (x.size(d) % 2 != 0) return false;
  return (x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kBFloat16) &&
         x.is_contiguous(at::MemoryFormat::ChannelsLast3d);
}

torch::Tensor max_pool2_on_cpu(const torch::Tensor& x, const PoolKernels& kernels) {
  const torch::Tensor y =
      torch::empty({x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2, x.size(4) / 2}, x.options(),
                   at::MemoryFormat::ChannelsLast3d);
  const PoolRows rows{.x = x.const_data_ptr(),
                      .y = y.data_ptr(),
                      .bfloat16 = x.scalar_type() == torch::kBFloat16,
                      .height = y.size(3),
                      .width = y.size(4),
                      .channels = y.size(1)};
  at::parallel_for(0, y.size(0) * y.size(2) * y.size(3), 4096 / (y.size(4) * y.size(1)) + 1,
                   [&](std::int64_t begin, std::int64_t end) { kernels.rows(rows, begin, end); });
  return y;
}

}  // namespace seg
