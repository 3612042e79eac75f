#include "models/convolution.h"

#include "convolution/convolution.h"
#include "convolution/evaluate.h"
#include "convolution/transposed.h"
#include "normalisation/finish_tensors.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <atomic>
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
std::atomic<bool> exact_convolutions = false;

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

void set_exact_convolutions(bool exact) { exact_convolutions = exact; }

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

torch::Tensor ConvolutionImpl::forward(const torch::Tensor& x) { return of_parts({x}); }

torch::Tensor ConvolutionImpl::of_parts(std::vector<torch::Tensor> parts) {
  if (torch::Tensor y = evaluates(*this) ? evaluated(parts) : ours(parts); y.defined()) return y;
  // The parts are not kept: they would take memory until the end of the network's block.
  const torch::Tensor x = parts.size() == 1 ? parts[0] : torch::cat(parts, 1);
  parts.clear();
  if (!bfloat16_on_cpu(x) || x.dim() != 5) return Conv3dImpl::forward(x);
  const bool unwritten = outgrows(x) && weight.requires_grad();
  if (cpu_convolves_bfloat16() && !unwritten) return Conv3dImpl::forward(x);
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::DispatchKey::AutocastCPU);
  return Conv3dImpl::forward(x.to(torch::kFloat32)).to(torch::kBFloat16);
}

torch::Tensor ConvolutionImpl::ours(const std::vector<torch::Tensor>& parts) const {
  const torch::Tensor& x = parts[0];
  if (exact_convolutions || plain_evaluation || !keeps_size()) return {};
  if (!channels_last(x) && !channels_last(weight)) return {};
  const auto type = bfloat16_on_cpu(x) ? torch::kBFloat16 : torch::kFloat32;
  if (type == torch::kFloat32 && x.scalar_type() != type) return {};
  if (!convolution_pays(parts, weight, type)) return {};
  return convolution(parts, weight, bias, type);
}

torch::Tensor ConvolutionImpl::evaluated(at::TensorList parts, const Normalisation& n) {
  const torch::Tensor& x = parts[0];
  const bool bfloat16 = bfloat16_on_cpu(x);
  const Normalisation all = with_bias(n, bias);
  if (exact_convolutions || !evaluates(*this) || !x.is_cpu() || !keeps_size()) return {};
  if (!is_finish(all)) return {};
  if (!bfloat16 && x.scalar_type() != torch::kFloat32) return {};
  const auto type = bfloat16 ? torch::kBFloat16 : torch::kFloat32;
  const Way way = way_of(parts, weight, bfloat16);
  if (way == Way::none) return {};
  const FinishNumbers numbers(all, weight.size(0));
  const auto prepare = [&] { return prepared_filters(way, weight); };
  const torch::Tensor filters = keeps_filters(way, weight)
                                    ? prepared_->get(static_cast<int>(way), weight, prepare)
                                    : prepare();
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

torch::Tensor UpsamplingImpl::forward(const torch::Tensor& x) {
  const bool bfloat16 = bfloat16_on_cpu(x);
  const bool types_fit = bfloat16 || x.scalar_type() == torch::kFloat32;
  if (exact_convolutions || plain_evaluation || !types_fit || !is_plain() ||
      !transposed_pays(x, weight, bias))
    return ConvTranspose3dImpl::forward(x);
  return transposed_convolution(x, weight, bias, options.stride(),
                                bfloat16 ? torch::kBFloat16 : torch::kFloat32);
}

bool UpsamplingImpl::is_plain() const {
  const auto& padding = std::get<torch::ExpandingArray<3>>(options.padding());
  for (int axis = 0; axis < 3; ++axis)
    if (padding->at(axis) != 0 || options.output_padding()->at(axis) != 0 ||
        options.dilation()->at(axis) != 1)
      return false;
  return options.groups() == 1;
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
