#include "models/convolution.h"

#include "convolution/winograd.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>

namespace seg {
namespace {

bool bfloat16_on_cpu(const torch::Tensor& x) {
  return x.is_cpu() && at::autocast::is_autocast_enabled(at::kCPU) &&
         at::autocast::get_autocast_dtype(at::kCPU) == at::kBFloat16;
}

bool channels_last(const torch::Tensor& x) {
  return x.suggest_memory_format() == torch::MemoryFormat::ChannelsLast3d;
}

}  // namespace

bool cpu_convolves_bfloat16() {
  static const bool by_onednn = [] {
    const auto asks =
        c10::Dispatcher::singleton().findSchema({"mkldnn::_is_mkldnn_bf16_supported", ""});
    return asks && asks->typed<bool()>().call();
  }();
  return by_onednn;
}

torch::Tensor ConvolutionImpl::forward(const torch::Tensor& x) {
  if (!bfloat16_on_cpu(x) || x.dim() != 5) return Conv3dImpl::forward(x);
  if ((channels_last(x) || channels_last(weight)) && keeps_size() && winograd_pays(x, weight, bias))
    return winograd_convolution(x, weight, bias);
  const bool unwritten = outgrows(x) && weight.requires_grad();
  if (cpu_convolves_bfloat16() && !unwritten) return Conv3dImpl::forward(x);
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::DispatchKey::AutocastCPU);
  return Conv3dImpl::forward(x.to(torch::kFloat32)).to(torch::kBFloat16);
}

torch::Tensor ConvolutionImpl::without_bias(const torch::Tensor& x) {
  const auto& padding = std::get<torch::ExpandingArray<3>>(options.padding());
  return torch::conv3d(x, weight, {}, options.stride(), padding, options.dilation(),
                       options.groups());
}

bool ConvolutionImpl::keeps_size() const {
  const auto* padding = std::get_if<torch::ExpandingArray<3>>(&options.padding());
  if (!padding || options.groups() != 1 ||
      !std::holds_alternative<torch::enumtype::kZeros>(options.padding_mode()))
    return false;
  for (int axis = 0; axis < 3; ++axis) {
    const std::int64_t r = options.kernel_size()->at(axis);
    if (r != options.kernel_size()->at(0) || options.stride()->at(axis) != 1 ||
        options.dilation()->at(axis) != 1)
      return false;
    if ((*padding)->at(axis) != r / 2) return false;
  }
  return true;
}

bool ConvolutionImpl::outgrows(const torch::Tensor& x) const {
  for (int axis = 0; axis < 3; ++axis)
    if (x.size(axis + 2) < options.kernel_size()->at(axis)) return true;
  return false;
}

}  // namespace seg
