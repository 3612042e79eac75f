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

}  // namespace

void check(const LossConfig& config, std::int64_t classes) {
  if (classes < 2 || classes > kMostClasses)
    fail_config("loss: {} classes; 2 to {} with background are possible", classes, kMostClasses);
  const LossRow& row = row_of(config.name);
  if (config.preset == LossPreset::release && config.name != LossName::CWCD)
    fail_config(
        "loss.preset: release is the authors' CWCD; set loss.name to CWCD or loss.preset to paper");
  if (row.weighted() && config.weights.ce == 0 && config.weights.dice == 0)
    fail_config("loss.weights: ce and dice are both 0, so {} has no gradient; set one above 0",
                row.word);
}

torch::Tensor loss(const torch::Tensor& logits, const torch::Tensor& labels,
                   const LossConfig& config) {
  require_volumes(logits, labels);
  const std::int64_t classes = logits.size(1);
  const LossFormula formula = formula_of(config);
  if (formula.release)
    return softmax_loss(logits, labels, release_contour_map(labels, classes), {}, formula);
  const LossRow& row = row_of(config.name);
  const torch::Tensor contour =
      row.reads_contour() ? contour_map(labels, classes, config.contour) : torch::Tensor();
  const torch::Tensor weight =
      row.reads_distances() ? dwce_weight(labels, classes, config.dwce) : torch::Tensor();
  return softmax_loss(logits, labels, contour, weight, formula);
}

}  // namespace seg
