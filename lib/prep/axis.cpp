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

AxisTaps linear_taps(const std::vector<double>& positions, std::int64_t size) {
  AxisTaps taps{size, static_cast<std::int64_t>(positions.size()), 2, {}, {}};
  for (const double position : positions) {
    const double x = std::clamp(position, 0.0, static_cast<double>(size - 1));
    const auto below = static_cast<std::int32_t>(std::floor(x));
    const auto share = static_cast<float>(x - below);
    taps.index.insert(taps.index.end(),
                      {below, std::min(below + 1, static_cast<std::int32_t>(size - 1))});
    taps.weight.insert(taps.weight.end(), {1 - share, share});
  }
  return taps;
}

AxisTaps bspline_taps(const std::vector<double>& positions, std::int64_t size) {
  AxisTaps taps{size, static_cast<std::int64_t>(positions.size()), 4, {}, {}};
  for (const double x : positions) {
    const double below = std::floor(x), t = x - below, u = 1 - t;
    const std::array<double, 4> weights = {u * u * u / 6, (4 - 6 * t * t + 3 * t * t * t) / 6,
                                           (4 - 6 * u * u + 3 * u * u * u) / 6, t * t * t / 6};
    for (int k = 0; k < 4; ++k) {
      taps.index.push_back(mirrored(static_cast<std::int64_t>(below) - 1 + k, size));
      taps.weight.push_back(static_cast<float>(weights[static_cast<std::size_t>(k)]));
    }
  }
  return taps;
}

std::vector<std::int32_t> nearest_indices(const std::vector<double>& positions, std::int64_t size) {
  std::vector<std::int32_t> indices;
  for (const double x : positions)
    indices.push_back(static_cast<std::int32_t>(
        std::clamp(std::floor(x + 0.5 + 1e-6), 0.0, static_cast<double>(size - 1))));
  return indices;
}

}  // namespace seg
