#pragma once
// Resampling to a new voxel size along the volume's own axes. The centre of the volume stays, the extent is rounded to whole voxels, and no
// sample ever leaves the input: n = max(1, floor(extent / new + 0.5 + 1e-3)), first voxel at ((size - 1) old - (n - 1) new) / 2 mm.
#include "image/volume.h"

#include <array>

namespace seg {

// The grid of `geometry` at `spacing` (x, y, z in mm).
Geometry resampled_grid(const Geometry& geometry, const std::array<double, 3>& spacing);

// image: float32 [C, D, H, W] -> the same on `grid`, linear; edge voxels continue outwards. One pass per axis that changes.
torch::Tensor resample_linear(const torch::Tensor& image, const Geometry& from, const Geometry& grid);

// label: uint8 [D, H, W] -> the nearest voxel's label: floor(x + 0.5 + 1e-6) per axis.
torch::Tensor resample_nearest(const torch::Tensor& label, const Geometry& from, const Geometry& grid);

}  // namespace seg
