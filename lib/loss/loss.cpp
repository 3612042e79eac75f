#include "loss/loss.h"
#include "contour/contour.h"
#include "contour/dwce_weight.h"
#include "core/error.h"
#include "core/ignore.h"
#include "loss/softmax_statistics.h"

namespace seg {
namespace {

void require_volumes(const torch::Tensor& logits, const torch::Tensor& labels) {
  if (logits.dim() != 5 || labels.dim() != 4 || labels.scalar_type() != torch::kUInt8)
    fail("loss: logits must be [B, M, D, H, W] and labels uint8 [B, D, H, W]");
  if (logits.size(0) != labels.size(0) || logits.sizes().slice(2) != labels.sizes().slice(1))
    fail("loss: logits and labels differ in batch or volume size");
  if (logits.device() != labels.device()) fail("loss: logits and labels are on different devices");
}

// The factor of every voxel's cross-entropy, beside the contour's; undefined where it is 1.
torch::Tensor cross_entropy_weight(const torch::Tensor& labels, std::int64_t classes,
                                   const LossConfig& config, const LossFormula& formula) {
  const torch::Tensor by_distance = row_of(config.name).reads_distances()
                                        ? dwce_weight(labels, classes, config.dwce)
                                        : torch::Tensor();
  if (formula.ce == 0 || formula.ce_background) return by_distance;
  const torch::Tensor targets = labels.ne(0).to(torch::kFloat);
  return by_distance.defined() ? by_distance * targets : targets;
}

// Whether the configured weights leave a term of the loss that has a gradient.
bool has_gradient(const LossFormula& f) {
  const bool ce = f.ce > 0 && (f.rest > 0 || f.contour > 0);
  return ce || f.release || f.dice_rest + f.dice_contour + f.dice_whole + f.generalised > 0;
}

}  // namespace

void check(const LossConfig& config, std::int64_t classes) {
  if (classes < 2 || classes > kMostClasses)
    fail_config("loss: {} classes; 2 to {} with background are possible", classes, kMostClasses);
  if (!has_gradient(formula_of(config)))
    fail_config(
        "loss.weights, loss.contour.base and loss.alpha leave {} without a term, so it has no "
        "gradient; set one above 0",
        word_of(config.name));
}

torch::Tensor loss(const torch::Tensor& logits, const torch::Tensor& labels,
                   const LossConfig& config) {
  require_volumes(logits, labels);
  const std::int64_t classes = logits.size(1);
  const LossFormula formula = formula_of(config);
  const torch::Tensor contour = row_of(config.name).reads_contour()
                                    ? contour_of_loss(labels, classes, config)
                                    : torch::Tensor();
  return softmax_loss(logits, labels, contour,
                      cross_entropy_weight(labels, classes, config, formula), formula);
}

}  // namespace seg
