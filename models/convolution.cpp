#include "models/convolution.h"

#include "convolution/evaluate.h"
#include "convolution/winograd.h"
#include "normalisation/finish_tensors.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <utility>

namespace seg {
namespace {

bool bfloat16_on_cpu(const torch::Tensor& x) {
  return x.is_cpu() && at::autocast::is_autocast_enabled(at::kCPU) &&
         at::autocast::get_autocast_dtype(at::kCPU) == at::kBFloat16;
}

bool channels_last(const torch::Tensor& x) {
  return x.suggest_memory_format() == torch::MemoryFormat::ChannelsLast3d;
}

thread_local bool plain_evaluation = false;

bool evaluates(const torch::nn::Module& module) {
  return !module.is_training() && !torch::GradMode::is_enabled() && !plain_evaluation;
}

// Normalisation of a convolution with `bias` and nothing after it but what `n` says.
Normalisation with_bias(Normalisation n, const torch::Tensor& bias) {
  n.training = false;
  n.bias = bias;
  return n;
}

}  // namespace

PlainEvaluation::PlainEvaluation() : before_(std::exchange(plain_evaluation, true)) {}
PlainEvaluation::~PlainEvaluation() { plain_evaluation = before_; }
bool evaluates_plainly() { return plain_evaluation; }

bool cpu_convolves_bfloat16() {
  static const bool by_onednn = [] {
    const auto asks =
        c10::Dispatcher::singleton().findSchema({"mkldnn::_is_mkldnn_bf16_supported", ""});
    return asks && asks->typed<bool()>().call();
  }();
  return by_onednn;
}

torch::Tensor ConvolutionImpl::forward(const torch::Tensor& x) {
  if (torch::Tensor y = evaluated(x); y.defined()) return y;
  if (!bfloat16_on_cpu(x) || x.dim() != 5) return Conv3dImpl::forward(x);
  if ((channels_last(x) || channels_last(weight)) && keeps_size() && winograd_pays(x, weight, bias))
    return winograd_convolution(x, weight, bias);
  const bool unwritten = outgrows(x) && weight.requires_grad();
  if (cpu_convolves_bfloat16() && !unwritten) return Conv3dImpl::forward(x);
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::DispatchKey::AutocastCPU);
  return Conv3dImpl::forward(x.to(torch::kFloat32)).to(torch::kBFloat16);
}

torch::Tensor ConvolutionImpl::evaluated(at::TensorList parts, const Normalisation& n) {
  const torch::Tensor& x = parts[0];
  const bool bfloat16 = bfloat16_on_cpu(x);
  const Normalisation all = with_bias(n, bias);
  if (!evaluates(*this) || !x.is_cpu() || !keeps_size() || !is_finish(all)) return {};
  if (!bfloat16 && x.scalar_type() != torch::kFloat32) return {};
  const auto type = bfloat16 ? torch::kBFloat16 : torch::kFloat32;
  const Way way = way_of(parts, weight, bfloat16);
  if (way == Way::none) return {};
  const FinishNumbers numbers(all, weight.size(0));
  const torch::Tensor filters =
      prepared_->get(static_cast<int>(way), weight, [&] { return prepared_filters(way, weight); });
  return evaluate(way, parts, weight, filters, numbers.finish, type);
}

void ConvolutionImpl::train(bool on) {
  if (on)
    prepared_->clear();
  else
    prepared_->doubt();
  Conv3dImpl::train(on);
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
