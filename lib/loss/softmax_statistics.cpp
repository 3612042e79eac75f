#include "loss/softmax_statistics.h"
#include "core/error.h"
#include "core/ignore.h"
#include "loss/loss_of_sums.h"
#include "loss/statistics_on_cpu.h"
#include "loss/statistics_on_gpu.h"
#include "tensor/differentiable_once.h"

#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>

#include <optional>

namespace seg {
namespace {

using torch::autograd::AutogradContext;
using OptionalTensor = std::optional<torch::Tensor>;

struct Function : torch::autograd::Function<Function> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& logits,
                               const torch::Tensor& labels, const OptionalTensor& contour,
                               const OptionalTensor& weight, const SoftmaxKernels* kernels) {
    const StatisticsVolumes v{logits, labels, contour.value_or(torch::Tensor()),
                              weight.value_or(torch::Tensor())};
    context->save_for_backward({v.logits, v.labels, v.contour, v.weight});
    context->saved_data["kernels"] = reinterpret_cast<std::int64_t>(kernels);
    return logits.is_cuda() ? statistics_on_gpu(v) : statistics_on_cpu(v, *kernels);
  }

  static torch::autograd::variable_list backward(AutogradContext* context,
                                                 torch::autograd::variable_list d) {
    differentiable_once();
    const auto saved = context->get_saved_variables();
    const StatisticsVolumes v{saved[0], saved[1], saved[2], saved[3]};
    const auto* kernels =
        reinterpret_cast<const SoftmaxKernels*>(context->saved_data["kernels"].toInt());
    return {v.logits.is_cuda() ? gradient_on_gpu(v, d[0]) : gradient_on_cpu(v, d[0], *kernels),
            {},
            {},
            {},
            {}};
  }
};

// The statistics and a formula of them: their derivatives are known as soon as the loss is.
struct LossFunction : torch::autograd::Function<LossFunction> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& logits,
                               const torch::Tensor& labels, const OptionalTensor& contour,
                               const OptionalTensor& weight, const LossFormula* formula) {
    const StatisticsVolumes v{logits, labels, contour.value_or(torch::Tensor()),
                              weight.value_or(torch::Tensor())};
    const torch::Tensor sums =
        logits.is_cuda() ? statistics_on_gpu(v) : statistics_on_cpu(v, softmax_kernels());
    const torch::Tensor slopes = torch::empty(sums.sizes(), sums.options().dtype(torch::kFloat));
    const torch::Tensor value = torch::empty({}, slopes.options());
    if (logits.is_cuda()) {
      cuda_loss_of_sums(*formula, sums, slopes, value);
    } else {
      const SumsOfBatch s{sums.const_data_ptr<double>(), slopes.data_ptr<float>(), v.samples(),
                          v.classes()};
      value.fill_(loss_of_sums(Alone(), *formula, s));
    }
    context->save_for_backward({v.logits, v.labels, v.contour, v.weight, slopes});
    return value;
  }

  static torch::autograd::variable_list backward(AutogradContext* context,
                                                 torch::autograd::variable_list d) {
    differentiable_once();
    const auto saved = context->get_saved_variables();
    const StatisticsVolumes v{saved[0], saved[1], saved[2], saved[3]};
    const torch::Tensor slopes = saved[4] * d[0];
    return {v.logits.is_cuda() ? gradient_on_gpu(v, slopes)
                               : gradient_on_cpu(v, slopes, softmax_kernels()),
            {},
            {},
            {},
            {}};
  }
};

// The kernels read contiguous and channels_last_3d logits as they are.
torch::Tensor readable(const torch::Tensor& logits) {
  return logits.is_contiguous() || logits.is_contiguous(at::MemoryFormat::ChannelsLast3d)
             ? logits
             : logits.contiguous();
}

OptionalTensor contiguous_if_defined(const torch::Tensor& volume) {
  if (!volume.defined()) return std::nullopt;
  return volume.contiguous();
}

void require_volumes(const torch::Tensor& logits, const torch::Tensor& labels,
                     const torch::Tensor& contour, const torch::Tensor& weight) {
  if (logits.dim() != 5 || logits.size(1) < 1 || logits.size(1) > kMostClasses)
    fail("softmax_statistics: logits must be [B, M, D, H, W] with 1 to 255 classes M");
  const auto fits = [&](const torch::Tensor& volume, torch::ScalarType type) {
    return volume.dim() == 4 && volume.scalar_type() == type &&
           volume.device() == logits.device() && volume.size(0) == logits.size(0) &&
           volume.sizes().slice(1) == logits.sizes().slice(2);
  };
  if (!fits(labels, torch::kUInt8) || (contour.defined() && !fits(contour, torch::kUInt8)) ||
      (weight.defined() && !fits(weight, torch::kFloat)))
    fail(
        "softmax_statistics: labels and contour must be uint8 and weight float32, [B, D, H, W] as "
        "the logits and on their device");
}

}  // namespace

LogitType logit_type(const torch::Tensor& logits) {
  switch (logits.scalar_type()) {
    case torch::kFloat: return LogitType::float32;
    case torch::kBFloat16: return LogitType::bfloat16;
    case torch::kHalf: return LogitType::float16;
    default: fail("softmax_statistics: logits must be float32, bfloat16 or float16");
  }
}

SoftmaxStatistics softmax_statistics(const torch::Tensor& logits, const torch::Tensor& labels,
                                     const torch::Tensor& contour, const torch::Tensor& weight,
                                     const SoftmaxKernels& kernels) {
  require_volumes(logits, labels, contour, weight);
  const std::int64_t samples = logits.size(0), classes = logits.size(1);
  const torch::Tensor result =
      Function::apply(readable(logits), labels.contiguous(), contiguous_if_defined(contour),
                      contiguous_if_defined(weight), &kernels);
  return {result.narrow(1, 0, cross_entropy_at(classes)).view({samples, 2, 4, classes}),
          result.narrow(1, cross_entropy_at(classes), 2)};
}

torch::Tensor softmax_loss(const torch::Tensor& logits, const torch::Tensor& labels,
                           const torch::Tensor& contour, const torch::Tensor& weight,
                           const LossFormula& formula) {
  require_volumes(logits, labels, contour, weight);
  return LossFunction::apply(readable(logits), labels.contiguous(), contiguous_if_defined(contour),
                             contiguous_if_defined(weight), &formula);
}

SoftmaxStatistics softmax_statistics(const torch::Tensor& logits, const torch::Tensor& labels,
                                     const torch::Tensor& contour, const torch::Tensor& weight) {
  return softmax_statistics(logits, labels, contour, weight, softmax_kernels());
}

}  // namespace seg
