#include "contour/contour.h"
#include "contour/adaptive.h"
#include "contour/contour_on_gpu.h"
#include "contour/label_window.h"
#include "core/error.h"
#include "core/ignore.h"

namespace seg {
namespace {

void require_labels(const torch::Tensor& labels, std::int64_t classes) {
  if (labels.dim() != 4 || labels.scalar_type() != torch::kUInt8)
    fail("contour_map: labels must be uint8 [B, D, H, W]");
  if (classes < 1 || classes > kMostClasses)
    fail("contour_map: {} classes; 1 to {} are possible", classes, kMostClasses);
}

torch::Tensor cube_contour(const torch::Tensor& labels, Reach reach, bool zero_border,
                           std::uint8_t first, std::uint8_t classes) {
  if (labels.is_cuda()) return cube_contour_on_gpu(labels, reach, zero_border, first, classes);
  torch::Tensor contour = window_differs(labels, reach, first, classes);
  if (zero_border) mark_border(contour, labels, reach, first, classes);
  return contour;
}

}  // namespace

torch::Tensor contour_map(const torch::Tensor& labels, std::int64_t classes,
                          const ContourConfig& config) {
  require_labels(labels, classes);
  const torch::Tensor y = labels.contiguous();
  if (config.mode == ContourMode::adaptive)
    return y.is_cuda() ? adaptive_map_on_gpu(y, classes, config)
                       : adaptive_contour_map(y, classes, config);
  return cube_contour(y, {config.iterations, config.iterations},
                      config.border == ContourBorder::zero, config.first_class(),
                      static_cast<std::uint8_t>(classes));
}

torch::Tensor release_contour_map(const torch::Tensor& labels, std::int64_t classes) {
  require_labels(labels, classes);
  return cube_contour(labels.contiguous(), {1, 0}, true, 0, static_cast<std::uint8_t>(classes));
}

torch::Tensor contour_of_loss(const torch::Tensor& labels, std::int64_t classes,
                              const LossConfig& config) {
  return row_of(config.name).release() ? release_contour_map(labels, classes)
                                       : contour_map(labels, classes, config.contour);
}

}  // namespace seg
