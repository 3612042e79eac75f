#pragma once
// Linear interpolation of every class's scores by plain Torch operations, on any device.
#include "prep/axis.h"

#include <torch/types.h>

namespace seg {

// Linear taps of axis_positions, but a position within 1e-6 voxels of an input voxel is on it, and
// both its taps are that voxel.
AxisTaps exact_taps(std::vector<double> positions, std::int64_t size);

// Taps begin .. end - 1, of an input whose voxel `first` is the first of all.
AxisTaps part_of(const AxisTaps& taps, std::int64_t begin, std::int64_t end, std::int64_t first);

// scores [n, rows, W, M] of any floating type -> float32 [z.out, y.out, x.out, M], along z, then y,
// then x.
torch::Tensor interpolate_scores(const torch::Tensor& scores, const AxisTaps& z, const AxisTaps& y,
                                 const AxisTaps& x);

}  // namespace seg
