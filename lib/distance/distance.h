#pragma once
// Exact Euclidean distance maps: in voxels for losses, in millimetres where a spacing is given.
// Felzenszwalb and Huttenlocher's lower envelope of parabolas, axis by axis, on all threads; linear
// in the voxels.
#include "core/axes.h"

#include <torch/types.h>

namespace seg {

// seeds: uint8 [D, H, W], CPU, contiguous. float32 [D, H, W]: squared distance to the nearest
// voxel that is not 0, +inf where there is none. Without a spacing (mm) in voxels, and exact while
// the squares fit 24 bits; with one, to float32's rounding.
torch::Tensor squared_distance(const torch::Tensor& seeds, const Dhw<double>& spacing = {1, 1, 1});

// labels: uint8 [D, H, W], CPU, contiguous, class indices below `classes`, 255 = ignore. float32
// [D, H, W]: squared distance in voxels to the nearest voxel of another label than the voxel's own;
// +inf where there is none. Ignored voxels are no label: passed over, and themselves +inf.
torch::Tensor squared_distance_to_other(const torch::Tensor& labels, std::int64_t classes);

}  // namespace seg
