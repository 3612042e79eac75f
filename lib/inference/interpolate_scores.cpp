#include "inference/interpolate_scores.h"

#include <torch/types.h>

#include <cmath>

namespace seg {
namespace {

constexpr double exact = 1e-6;

}  // namespace

AxisTaps exact_taps(std::vector<double> positions, std::int64_t size) {
  for (double& p : positions)
    if (std::abs(p - std::round(p)) < exact) p = std::round(p);
  AxisTaps taps = linear_taps(positions, size);
  for (std::size_t i = 0; i < taps.index.size(); i += 2)
    if (taps.weight[i + 1] == 0) taps.index[i + 1] = taps.index[i];
  return taps;
}

DeviceTaps taps_on(const torch::Device& device, const AxisTaps& taps) {
  const auto index = torch::tensor(taps.index, torch::kInt32).view({-1, 2}).to(torch::kInt64).t();
  const auto weight = torch::tensor(taps.weight).view({-1, 2}).t();
  return {index[0].contiguous().to(device), index[1].contiguous().to(device),
          weight[1].contiguous().to(device), torch::equal(index[0], index[1])};
}

DeviceTaps part_of(const DeviceTaps& taps, std::int64_t begin, std::int64_t count,
                   std::int64_t first) {
  return {taps.below.narrow(0, begin, count) - first, taps.above.narrow(0, begin, count) - first,
          taps.share.narrow(0, begin, count), taps.exact};
}

torch::Tensor interpolate(const torch::Tensor& scores, const DeviceTaps& taps, std::int64_t axis) {
  const auto below = scores.index_select(axis, taps.below);
  if (taps.exact) return below;
  std::vector<std::int64_t> shape(static_cast<std::size_t>(scores.dim()), 1);
  shape[static_cast<std::size_t>(axis)] = taps.share.size(0);
  return torch::lerp(below, scores.index_select(axis, taps.above), taps.share.view(shape));
}

}  // namespace seg
