#include "contour/dwce_weight.h"

#include "contour/contour_on_gpu.h"
#include "distance/distance.h"

#include <limits>

namespace seg {
namespace {

// (d1 + d2)^2, the distances to the two nearest target classes; +inf where fewer than two are
// present. labels: [D, H, W].
torch::Tensor two_nearest(const torch::Tensor& labels, std::int64_t classes) {
  torch::Tensor first = torch::full(labels.sizes(), std::numeric_limits<float>::infinity()),
                second = first.clone();
  for (std::int64_t j = 1; j < classes; ++j) {
    const torch::Tensor inside = labels.eq(j);
    if (!inside.any().item<bool>()) continue;
    const torch::Tensor d = squared_distance(inside.to(torch::kUInt8));
    second = torch::minimum(second, torch::maximum(first, d));
    first = torch::minimum(first, d);
  }
  return (first.sqrt() + second.sqrt()).square();
}

}  // namespace

torch::Tensor dwce_weight(const torch::Tensor& labels, std::int64_t classes,
                          const DwceConfig& config) {
  const torch::Tensor y = labels.contiguous();
  if (y.is_cuda()) return dwce_weight_on_gpu(y, config);
  torch::Tensor squared = torch::empty(y.sizes(), torch::kFloat);
  if (y.numel() == 0) return squared;
  for (std::int64_t b = 0; b < y.size(0); ++b)
    squared[b].copy_(config.distance == DwceDistance::two_nearest
                         ? two_nearest(y[b], classes)
                         : squared_distance_to_other(y[b], classes));
  return squared.mul_(-1 / (2 * config.sigma * config.sigma)).exp_().mul_(config.w0).add_(1);
}

}  // namespace seg
