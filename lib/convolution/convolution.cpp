#include "convolution/convolution.h"

#include "convolution/evaluate.h"
#include "convolution/few_channels.h"
#include "convolution/winograd.h"
#include "convolution/winograd_steps.h"
#include "core/error.h"
#include "normalisation/finish_tensors.h"
#include "tensor/differentiable_once.h"

#include <torch/csrc/autograd/custom_function.h>

namespace seg {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto last_format = torch::MemoryFormat::ChannelsLast3d;

Tensor volume_like(const Tensor& x, std::int64_t channels, torch::ScalarType type) {
  return torch::empty({x.size(0), channels, x.size(2), x.size(3), x.size(4)},
                      x.options().dtype(type), last_format);
}

Tensor by_definition(const Tensor& x, const Tensor& weight, const Tensor& bias,
                     torch::ScalarType type) {
  if (x.numel() == 0) return volume_like(x, weight.size(0), type);
  Normalisation only_bias;
  only_bias.bias = bias;
  const FinishNumbers last(only_bias, weight.size(0));
  return evaluate(Way::direct, x, weight, prepared_filters(Way::direct, weight), last.finish, type);
}

Tensor by_winograd(at::TensorList xs, const Tensor& weight, const Tensor& bias,
                   torch::ScalarType type) {
  const WinogradKernels kernels = winograd_kernels_for(type, weight.size(2));
  const Tensor filters = winograd_filters_of(kernels, weight.permute({2, 3, 4, 1, 0}));
  Tensor y = volume_like(xs[0], weight.size(0), type);
  winograd_convolve(kernels, xs, filters, {nullptr, bias.const_data_ptr<float>()}, y);
  return y;
}

// The gradients of the xs by Winograd: the convolution of dy with the filters flipped and
// transposed.
variable_list data_gradients(const WinogradKernels& kernels, const variable_list& xs,
                             const Tensor& weight, const Tensor& dy) {
  variable_list dxs;
  for (const Tensor& x : xs) dxs.push_back(volume_like(x, x.size(1), x.scalar_type()));
  const Tensor filters =
      winograd_filters_of(kernels, weight.permute({2, 3, 4, 0, 1}), TapOrder::flipped);
  winograd_convolve(kernels, dy, filters, {}, dxs);
  return dxs;
}

// Torch's: a network's first volume has none, so it is seldom asked for.
Tensor data_gradient_by_torch(const Tensor& x, const Tensor& weight, const Tensor& dy) {
  if (x.numel() == 0) return torch::empty_like(x);
  const std::int64_t pad = weight.size(2) / 2;
  return torch::conv_transpose3d(dy.to(torch::kFloat32), weight, {}, 1, pad).to(x.scalar_type());
}

struct OwnConvolution : torch::autograd::Function<OwnConvolution> {
  static Tensor forward(AutogradContext* context, const Tensor& weight, const Tensor& bias,
                        at::TensorList xs, torch::ScalarType type) {
    variable_list saved = {weight};
    saved.insert(saved.end(), xs.begin(), xs.end());
    context->save_for_backward(saved);
    context->saved_data["type"] = static_cast<std::int64_t>(type);
    if (has_few_channels(weight)) return by_definition(xs[0], weight, bias, type);
    return by_winograd(xs, weight, bias, type);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    differentiable_once();
    const variable_list saved = context->get_saved_variables();
    const variable_list xs(saved.begin() + 1, saved.end());
    const Tensor weight = saved[0], dy = gradients[0].contiguous(last_format);
    const auto type = static_cast<torch::ScalarType>(context->saved_data["type"].toInt());
    const bool few = has_few_channels(weight);
    const WinogradKernels kernels = winograd_kernels_for(type, weight.size(2));
    variable_list results(2 + xs.size() + 1);
    bool data = false;
    for (std::size_t i = 0; i < xs.size(); ++i) data |= context->needs_input_grad(2 + i);
    if (data) {
      const variable_list dxs = few ? variable_list{data_gradient_by_torch(xs[0], weight, dy)}
                                    : data_gradients(kernels, xs, weight, dy);
      std::copy(dxs.begin(), dxs.end(), results.begin() + 2);
    }
    if (context->needs_input_grad(0) || context->needs_input_grad(1)) {
      const ParameterGradients g =
          few ? few_channel_gradients(xs[0], dy) : winograd_parameter_gradients(kernels, xs, dy);
      results[0] = torch::empty_like(weight).copy_(g.taps.permute({4, 3, 0, 1, 2}));
      results[1] = g.bias;
    }
    return results;
  }
};

bool is_volume(const Tensor& x, const Tensor& first) {
  return x.is_cpu() && x.dim() == 5 && x.size(0) == first.size(0) &&
         x.sizes().slice(2) == first.sizes().slice(2) &&
         (x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kBFloat16);
}

bool taken(at::TensorList xs, const Tensor& weight) {
  if (xs.empty() || weight.dim() != 5 || weight.numel() == 0 || !weight.is_cpu() ||
      weight.scalar_type() != torch::kFloat32)
    return false;
  std::int64_t channels = 0;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (!is_volume(xs[i], xs[0]) || channels % winograd_lanes != 0) return false;
    channels += xs[i].size(1);
  }
  const std::int64_t r = weight.size(2);
  if (has_few_channels(weight) && xs.size() > 1) return false;
  return channels == weight.size(1) && (r == 3 || r == 5) && weight.size(3) == r &&
         weight.size(4) == r;
}

bool is_bias(const Tensor& bias, const Tensor& weight) {
  return !bias.defined() || (bias.is_cpu() && bias.scalar_type() == torch::kFloat32 &&
                             bias.dim() == 1 && bias.size(0) == weight.size(0));
}

}  // namespace

bool convolution_pays(at::TensorList xs, const Tensor& weight, torch::ScalarType type) {
  return taken(xs, weight) && xs[0].numel() > 0 && winograd_available() &&
         (has_few_channels(weight) ? type == torch::kFloat32 : winograd_pays(xs[0], weight, type));
}

Tensor convolution(at::TensorList xs, const Tensor& weight, const Tensor& bias,
                   torch::ScalarType type) {
  if (!taken(xs, weight) || !is_bias(bias, weight) ||
      (type != torch::kFloat32 && type != torch::kBFloat16))
    fail("this convolution does not take these operands; see convolution/convolution.h");
  variable_list volumes;
  for (const Tensor& x : xs) volumes.push_back(x.contiguous(last_format));
  return OwnConvolution::apply(weight,
                               bias.defined() ? bias.contiguous() : torch::zeros(weight.size(0)),
                               at::TensorList(volumes), type);
}

}  // namespace seg
