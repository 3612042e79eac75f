#pragma once
// Normalisation by the statistics of its input as an autograd function that keeps nothing but its
// input. The passes over the volume, which are a device's, are its parameter.
#include "normalisation/normalise.h"
#include "normalisation/normalise_layout.h"
#include "tensor/differentiable_once.h"

#include <torch/csrc/autograd/custom_function.h>

#include <optional>

namespace seg {

// x: contiguous or channels_last_3d.
NormLayout norm_layout(const torch::Tensor& x, bool instance);

// Whether x is what kernels take, a volume of float32 or bfloat16 in one of those formats; and n,
// too: parameters and statistics in float32 and where they have a meaning.
bool is_norm_volume(const torch::Tensor& x);
bool is_for_norm_kernels(const torch::Tensor& x, const Normalisation& n);

// What the passes read beside x, [C] or, mean and inverse, [groups, C].
struct NormTensors {
  torch::Tensor bias, scale, shift, mean, inverse;
  bool relu_first = false;
  Activation after = Activation::none;

  NormFormula view() const;
};

NormRunning norm_running(const Normalisation& n);

// The derivatives with respect to x and the parameters that there are, to be filled.
struct NormSlopes {
  torch::Tensor x, bias, scale, shift;

  NormSlopes(const torch::Tensor& x, const NormTensors& f);
  NormGradients view() const;
};

// Passes has the static functions
//   void measure(layout, x, const NormFormula&, double eps, const NormRunning&),
//   void apply(layout, x, const NormFormula&, y) and
//   void backward(layout, x, dy, const NormFormula&, const NormGradients&), volumes as tensors.
template <class Passes>
struct NormFunction : torch::autograd::Function<NormFunction<Passes>> {
  using Optional = std::optional<torch::Tensor>;

  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const Optional& bias, const Optional& scale, const Optional& shift,
                               const Normalisation* n) {
    const NormLayout layout = norm_layout(x, n->instance);
    torch::Tensor y = torch::empty_like(x);
    const torch::Tensor mean =
        torch::empty({layout.groups(), layout.channels},
                     x.options().dtype(torch::kFloat).memory_format(at::MemoryFormat::Contiguous));
    const NormTensors f{bias.value_or(torch::Tensor()),
                        scale.value_or(torch::Tensor()),
                        shift.value_or(torch::Tensor()),
                        mean,
                        torch::empty_like(mean),
                        n->relu_first,
                        n->after};
    Passes::measure(layout, x, f.view(), n->eps, norm_running(*n));
    context->save_for_backward({x, f.bias, f.scale, f.shift, f.mean, f.inverse});
    context->saved_data["instance"] = n->instance;
    context->saved_data["relu_first"] = n->relu_first;
    context->saved_data["after"] = static_cast<std::int64_t>(n->after);
    Passes::apply(layout, x, f.view(), y);
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& d) {
    differentiable_once();
    const auto saved = context->get_saved_variables();
    const torch::Tensor& x = saved[0];
    const NormTensors f{saved[1],
                        saved[2],
                        saved[3],
                        saved[4],
                        saved[5],
                        context->saved_data["relu_first"].toBool(),
                        static_cast<Activation>(context->saved_data["after"].toInt())};
    const NormLayout layout = norm_layout(x, context->saved_data["instance"].toBool());
    const torch::Tensor dy = d[0].to(x.scalar_type())
                                 .contiguous(layout.channels_last ? at::MemoryFormat::ChannelsLast3d
                                                                  : at::MemoryFormat::Contiguous);
    const NormSlopes slopes(x, f);
    Passes::backward(layout, x, dy, f.view(), slopes.view());
    return {slopes.x, slopes.bias, slopes.scale, slopes.shift, {}};
  }
};

// n.training, or n.instance.
template <class Passes>
torch::Tensor normalise_trained(const torch::Tensor& x, const Normalisation& n) {
  const auto optional = [](const torch::Tensor& t) {
    return t.defined() ? std::optional(t.contiguous()) : std::nullopt;
  };
  return NormFunction<Passes>::apply(x, optional(n.bias), optional(n.scale), optional(n.shift), &n);
}

}  // namespace seg
