#pragma once
// One axis of a separable resampling: which input voxels make each output voxel, and with what
// weights.
#include "image/geometry.h"

#include <cstdint>
#include <vector>

namespace seg {

struct AxisTaps {
  std::int64_t in = 0, out = 0;     // voxels
  int taps = 2;                     // 2: linear; 4: cubic B-spline, of the prefiltered input
  std::vector<std::int32_t> index;  // [out * taps], inside the input
  std::vector<float> weight;        // [out * taps]; the taps of one voxel sum to 1
};

// Continuous input index of each output voxel. The two grids have one direction; `to` may lie
// anywhere along it.
std::vector<double> axis_positions(const Geometry& from, const Geometry& to, int axis);

// The taps of one position; the first `taps` of each array count.
struct PointTaps {
  int taps;
  std::array<std::int32_t, 4> index;
  std::array<float, 4> weight;
};

// Linear: positions beyond the first or last voxel are clamped to it. B-spline: order 3, the input
// continued by mirroring about its first and last voxel.
PointTaps linear_taps_at(double position, std::int64_t size);
PointTaps bspline_taps_at(double position, std::int64_t size);

AxisTaps linear_taps(const std::vector<double>& positions, std::int64_t size);

AxisTaps bspline_taps(const std::vector<double>& positions, std::int64_t size);

// floor(x + 0.5 + 1e-6), clamped: exact ties go up, on every machine.
std::int32_t nearest_index(double position, std::int64_t size);
std::vector<std::int32_t> nearest_indices(const std::vector<double>& positions, std::int64_t size);

}  // namespace seg
