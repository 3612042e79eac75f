#include "normalisation/finish_tensors.h"

#include "core/rounding.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <cmath>
#include <limits>

namespace seg {
namespace {

bool is_plain_vector(const torch::Tensor& t) {
  return !t.defined() || (t.is_cpu() && t.scalar_type() == torch::kFloat32 && t.is_contiguous());
}

}  // namespace

const std::vector<NamedKernels<FinishKernels>>& all_finish_kernels() {
  static const auto sets =
      runnable(portable::finish_kernels(), avx2::finish_kernels(), avx512::finish_kernels());
  return sets;
}

bool is_finish(const Normalisation& n) {
  if (n.training || n.instance || torch::GradMode::is_enabled()) return false;
  for (const torch::Tensor& t : {n.bias, n.scale, n.shift, n.running_mean, n.running_var})
    if (!is_plain_vector(t)) return false;
  return true;
}

FinishNumbers::FinishNumbers(const Normalisation& n, std::int64_t channels) {
  const std::int64_t padded = round_up(channels, finish_padding);
  values.resize(static_cast<std::size_t>(3 * padded));
  float *bias = values.data(), *scale = bias + padded, *shift = scale + padded;
  const auto of = [](const torch::Tensor& t, std::int64_t i, float otherwise) {
    return t.defined() ? t.const_data_ptr<float>()[i] : otherwise;
  };
  for (std::int64_t i = 0; i < channels; ++i) {
    bias[i] = of(n.bias, i, 0);
    const double variance = n.running_var.defined() ? of(n.running_var, i, 1) + n.eps : 1;
    const double factor = of(n.scale, i, 1) / std::sqrt(variance);
    scale[i] = static_cast<float>(factor);
    shift[i] = static_cast<float>(of(n.shift, i, 0) - of(n.running_mean, i, 0) * factor);
  }
  finish = {bias, scale, shift, n.relu_first ? 0 : -std::numeric_limits<float>::infinity(),
            n.after};
}

torch::Tensor finished(const torch::Tensor& x, const Finish& finish, bool in_place,
                       const FinishKernels& kernels) {
  const torch::Tensor y = in_place ? x : torch::empty_like(x);
  const bool bfloat16 = x.scalar_type() == torch::kBFloat16;
  const std::int64_t channels = x.size(1), size = bfloat16 ? 2 : 4;
  const auto* from = static_cast<const char*>(x.const_data_ptr());
  auto* to = static_cast<char*>(y.data_ptr());
  constexpr std::int64_t grain = 1 << 15;  // values
  if (!x.is_contiguous()) {
    at::parallel_for(
        0, x.numel() / channels, grain / channels + 1, [&](std::int64_t begin, std::int64_t end) {
          const std::int64_t skip = begin * channels * size;
          kernels.rows({from + skip, to + skip, bfloat16, end - begin, channels}, finish);
        });
    return y;
  }
  const std::int64_t voxels = x.size(2) * x.size(3) * x.size(4);
  at::parallel_for(
      0, x.size(0) * channels, grain / (voxels + 1) + 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const std::int64_t skip = i * voxels * size;
          kernels.channel({from + skip, to + skip, bfloat16, voxels, 1}, finish, i % channels);
        }
      });
  return y;
}

}  // namespace seg
