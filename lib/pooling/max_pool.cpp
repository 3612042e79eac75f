#include "pooling/max_pool.h"

#include "core/error.h"
#include "pooling/max_pool_on_cpu.h"

#include <torch/types.h>

#ifdef SEG_HAS_CUDA
#include "pooling/max_pool_cuda.h"
#include "tensor/differentiable_once.h"

#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/csrc/autograd/custom_function.h>
#endif

namespace seg {

#ifdef SEG_HAS_CUDA
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void require(const char* error) {
  if (error) fail("max_pool2: the CUDA kernel did not start: {}", error);
}

bool channels_last(const torch::Tensor& x) { return !x.is_contiguous(); }

at::MemoryFormat format_of(const torch::Tensor& x) {
  return channels_last(x) ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::Contiguous;
}

PoolLayout layout_of(const torch::Tensor& pooled, bool last) {
  const auto type =
      pooled.scalar_type() == torch::kFloat ? FloatType::float32 : FloatType::bfloat16;
  const auto s = pooled.sizes();
  return {type, s[0], s[1], s[2], s[3], s[4], last};
}

// What the kernels take: even sizes, aligned pairs, 32-bit counting.
bool known(const torch::Tensor& x) {
  if (!x.is_cuda() || x.dim() != 5 || x.numel() == 0 || x.numel() / 8 >= std::int64_t{1} << 31)
    return false;
  if (x.scalar_type() != torch::kFloat && x.scalar_type() != torch::kBFloat16) return false;
  for (int d = 2; d < 5; ++d)
    if (x.size(d) % 2 != 0) return false;
  if (x.storage_offset() % 2 != 0) return false;
  return x.is_contiguous() || x.is_contiguous(at::MemoryFormat::ChannelsLast3d);
}

struct Pool : torch::autograd::Function<Pool> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x) {
    const c10::cuda::CUDAGuard guard(x.device());
    const auto format = format_of(x);
    const std::vector<std::int64_t> sizes = {x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2,
                                             x.size(4) / 2};
    const torch::Tensor y = torch::empty(sizes, x.options(), format),
                        from = torch::empty(sizes, x.options().dtype(torch::kUInt8), format);
    require(max_pool_cuda(layout_of(y, channels_last(x)), x.const_data_ptr(), y.data_ptr(),
                          from.data_ptr<std::uint8_t>(), c10::cuda::getCurrentCUDAStream()));
    context->save_for_backward({from});
    context->saved_data["channels_last"] = channels_last(x);
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& d) {
    differentiable_once();
    const torch::Tensor from = context->get_saved_variables()[0];
    const c10::cuda::CUDAGuard guard(from.device());
    const bool last = context->saved_data["channels_last"].toBool();
    const auto format = last ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::Contiguous;
    const torch::Tensor dy = d[0].contiguous(format);
    const torch::Tensor dx =
        torch::empty({dy.size(0), dy.size(1), 2 * dy.size(2), 2 * dy.size(3), 2 * dy.size(4)},
                     dy.options(), format);
    require(max_pool_cuda_backward(layout_of(dy, last), dy.const_data_ptr(),
                                   from.const_data_ptr<std::uint8_t>(), dx.data_ptr(),
                                   c10::cuda::getCurrentCUDAStream()));
    return {dx};
  }
};

}  // namespace

torch::Tensor max_pool2(const torch::Tensor& x) {
  if (known(x)) return Pool::apply(x);
  return pools_on_cpu(x) ? max_pool2_on_cpu(x) : torch::max_pool3d(x, 2);
}
#else
torch::Tensor max_pool2(const torch::Tensor& x) {
  return pools_on_cpu(x) ? max_pool2_on_cpu(x) : torch::max_pool3d(x, 2);
}
#endif

}  // namespace seg
