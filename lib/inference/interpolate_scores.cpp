#include "inference/interpolate_scores.h"

#include <torch/types.h>

#include <cmath>

namespace seg {
namespace {

constexpr double exact = 1e-6;

torch::Tensor along(const torch::Tensor& scores, const AxisTaps& taps, std::int64_t axis) {
  const auto device = scores.device();
  const auto index = torch::tensor(taps.index, torch::kInt32).view({-1, 2}).to(torch::kInt64);
  const auto below = index.select(1, 0), above = index.select(1, 1);
  const auto lower = scores.index_select(axis, below.contiguous().to(device));
  if (torch::equal(below, above)) return lower;
  const auto upper = scores.index_select(axis, above.contiguous().to(device));
  std::vector<std::int64_t> shape(4, 1);
  shape[static_cast<std::size_t>(axis)] = taps.out;
  const auto share = torch::tensor(taps.weight).view({-1, 2}).select(1, 1).reshape(shape);
  return torch::lerp(lower, upper, share.to(device));
}

}  // namespace

AxisTaps exact_taps(std::vector<double> positions, std::int64_t size) {
  for (double& p : positions)
    if (std::abs(p - std::round(p)) < exact) p = std::round(p);
  AxisTaps taps = linear_taps(positions, size);
  for (std::size_t i = 0; i < taps.index.size(); i += 2)
    if (taps.weight[i + 1] == 0) taps.index[i + 1] = taps.index[i];
  return taps;
}

AxisTaps part_of(const AxisTaps& taps, std::int64_t begin, std::int64_t end, std::int64_t first) {
  AxisTaps part{taps.in, end - begin, 2, {}, {}};
  part.index.assign(taps.index.begin() + 2 * begin, taps.index.begin() + 2 * end);
  part.weight.assign(taps.weight.begin() + 2 * begin, taps.weight.begin() + 2 * end);
  for (std::int32_t& i : part.index) i -= static_cast<std::int32_t>(first);
  return part;
}

torch::Tensor interpolate_scores(const torch::Tensor& scores, const AxisTaps& z, const AxisTaps& y,
                                 const AxisTaps& x) {
  return along(along(along(scores.to(torch::kFloat32), z, 0), y, 1), x, 2);
}

}  // namespace seg
