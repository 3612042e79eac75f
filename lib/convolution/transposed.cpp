#include "convolution/transposed.h"

#include "normalisation/channel_sums.h"
#include "tensor/differentiable_once.h"

#include <torch/csrc/autograd/custom_function.h>

namespace seg {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t none[] = {0, 0, 0}, ones[] = {1, 1, 1};

struct TransposedConvolution : torch::autograd::Function<TransposedConvolution> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const Tensor& bias, at::IntArrayRef stride, torch::ScalarType type) {
    const Tensor in = x.to(type), filters = weight.to(type);
    context->save_for_backward({in, filters});
    context->saved_data["stride"] = stride.vec();
    context->saved_data["type of x"] = static_cast<std::int64_t>(x.scalar_type());
    return at::convolution(in, filters, bias.to(type), stride, none, ones, true, none, 1);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    differentiable_once();
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    // Where the output went into a concatenation dy is a part of its gradient.
    const Tensor dy = gradients[0].contiguous(x.suggest_memory_format());
    const std::vector<std::int64_t> stride = context->saved_data["stride"].toIntVector();
    const auto type = static_cast<torch::ScalarType>(context->saved_data["type of x"].toInt());
    const bool data = context->needs_input_grad(0), filters = context->needs_input_grad(1);
    const auto [dx, dweight, dbias] =
        at::convolution_backward(dy, x, weight, at::OptionalIntArrayRef(), stride, none, ones, true,
                                 none, 1, {data, filters, false});
    return {data ? dx.to(type) : Tensor(), filters ? dweight.to(torch::kFloat32) : Tensor(),
            context->needs_input_grad(2) ? channel_sums(dy) : Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

bool transposed_pays(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return x.is_cpu() && x.dim() == 5 && x.numel() > 0 && weight.scalar_type() == torch::kFloat32 &&
         (x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kBFloat16) &&
         bias.defined() && bias.requires_grad() && torch::GradMode::is_enabled();
}

Tensor transposed_convolution(const Tensor& x, const Tensor& weight, const Tensor& bias,
                              at::IntArrayRef stride, torch::ScalarType type) {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::DispatchKey::AutocastCPU);
  return TransposedConvolution::apply(x, weight, bias, stride, type);
}

}  // namespace seg
