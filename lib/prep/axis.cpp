#include "prep/axis.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace seg {
namespace {

// `i` of an axis of `size` voxels that is continued by mirroring about its end voxels (period 2
// size - 2).
std::int32_t mirrored(std::int64_t i, std::int64_t size) {
  if (size == 1) return 0;
  const std::int64_t period = 2 * size - 2;
  i = ((i % period) + period) % period;
  return static_cast<std::int32_t>(i < size ? i : period - i);
}

}  // namespace

std::vector<double> axis_positions(const Geometry& from, const Geometry& to, int axis) {
  double first = 0;  // mm from the first input voxel
  for (int r = 0; r < 3; ++r)
    first += (to.origin[r] - from.origin[r]) * from.direction[r * 3 + axis];
  std::vector<double> positions(static_cast<std::size_t>(to.size[axis]));
  for (std::size_t i = 0; i < positions.size(); ++i)
    positions[i] = (first + static_cast<double>(i) * to.spacing[axis]) / from.spacing[axis];
  return positions;
}

PointTaps linear_taps_at(double position, std::int64_t size) {
  const double x = std::clamp(position, 0.0, static_cast<double>(size - 1));
  const auto below = static_cast<std::int32_t>(std::floor(x));
  const auto share = static_cast<float>(x - below);
  return {2, {below, std::min(below + 1, static_cast<std::int32_t>(size - 1))}, {1 - share, share}};
}

PointTaps bspline_taps_at(double position, std::int64_t size) {
  const double below = std::floor(position), t = position - below, u = 1 - t;
  const std::array<double, 4> weights = {u * u * u / 6, (4 - 6 * t * t + 3 * t * t * t) / 6,
                                         (4 - 6 * u * u + 3 * u * u * u) / 6, t * t * t / 6};
  PointTaps taps{4, {}, {}};
  for (std::size_t k = 0; k < 4; ++k) {
    const auto i = static_cast<std::int64_t>(below) - 1 + static_cast<std::int64_t>(k);
    taps.index[k] = mirrored(i, size);
    taps.weight[k] = static_cast<float>(weights[k]);
  }
  return taps;
}

std::int32_t nearest_index(double position, std::int64_t size) {
  return static_cast<std::int32_t>(
      std::clamp(std::floor(position + 0.5 + 1e-6), 0.0, static_cast<double>(size - 1)));
}

namespace {

AxisTaps taps_of(const std::vector<double>& positions, std::int64_t size,
                 PointTaps (*at)(double, std::int64_t)) {
  AxisTaps all{size, static_cast<std::int64_t>(positions.size()), at(0, size).taps, {}, {}};
  for (const double position : positions) {
    const PointTaps one = at(position, size);
    all.index.insert(all.index.end(), one.index.begin(), one.index.begin() + one.taps);
    all.weight.insert(all.weight.end(), one.weight.begin(), one.weight.begin() + one.taps);
  }
  return all;
}

}  // namespace

AxisTaps linear_taps(const std::vector<double>& positions, std::int64_t size) {
  return taps_of(positions, size, linear_taps_at);
}

AxisTaps bspline_taps(const std::vector<double>& positions, std::int64_t size) {
  return taps_of(positions, size, bspline_taps_at);
}

std::vector<std::int32_t> nearest_indices(const std::vector<double>& positions, std::int64_t size) {
  std::vector<std::int32_t> indices;
  for (const double position : positions) indices.push_back(nearest_index(position, size));
  return indices;
}

}  // namespace seg
