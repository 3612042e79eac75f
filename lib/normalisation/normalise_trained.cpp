#include "normalisation/normalise_trained.h"

#include <torch/types.h>

namespace seg {
namespace {

const float* norm_floats(const torch::Tensor& t) {
  return t.defined() ? t.const_data_ptr<float>() : nullptr;
}
float* own_norm_floats(const torch::Tensor& t) {
  return t.defined() ? t.data_ptr<float>() : nullptr;
}

}  // namespace

NormLayout norm_layout(const torch::Tensor& x, bool instance) {
  return {.type = x.scalar_type() == torch::kFloat ? FloatType::float32 : FloatType::bfloat16,
          .samples = x.size(0),
          .channels = x.size(1),
          .voxels = x.numel() / (x.size(0) * x.size(1)),
          .channels_last = !x.is_contiguous(),
          .instance = instance};
}

bool is_norm_volume(const torch::Tensor& x) {
  return x.dim() == 5 && x.numel() > 0 &&
         (x.scalar_type() == torch::kFloat || x.scalar_type() == torch::kBFloat16) &&
         (x.is_contiguous() || x.is_contiguous(at::MemoryFormat::ChannelsLast3d));
}

bool is_for_norm_kernels(const torch::Tensor& x, const Normalisation& n) {
  if (!is_norm_volume(x)) return false;
  for (const torch::Tensor& t : {n.bias, n.scale, n.shift, n.running_mean, n.running_var})
    if (t.defined() && t.scalar_type() != torch::kFloat) return false;
  return !n.instance || (!n.scale.defined() && !n.running_mean.defined());
}

NormFormula NormTensors::view() const {
  return {.bias = norm_floats(bias),
          .scale = norm_floats(scale),
          .shift = norm_floats(shift),
          .mean = own_norm_floats(mean),
          .inverse = own_norm_floats(inverse),
          .relu_first = relu_first,
          .after = after};
}

NormRunning norm_running(const Normalisation& n) {
  return {own_norm_floats(n.running_mean), own_norm_floats(n.running_var),
          static_cast<float>(n.momentum)};
}

NormSlopes::NormSlopes(const torch::Tensor& of, const NormTensors& f) : x(torch::empty_like(of)) {
  const auto like = [](const torch::Tensor& t) {
    return t.defined() ? torch::empty_like(t) : torch::Tensor();
  };
  bias = like(f.bias);
  scale = like(f.scale);
  shift = like(f.shift);
}

NormGradients NormSlopes::view() const {
  return {x.data_ptr(), own_norm_floats(bias), own_norm_floats(scale), own_norm_floats(shift)};
}

}  // namespace seg
