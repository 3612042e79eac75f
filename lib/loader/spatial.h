#pragma once
// Rotation, scaling and displacement of a patch, composed into one resampling about its centre.
#include "loader/augment.h"

namespace seg {

// Image linear, label nearest (floor(x + 0.5)); outside the patch each channel's minimum, label
// 255. A rotation alone is computed per slice position, once for all slices.
Patch resample_spatially(const Patch& patch, const Augmentation& drawn);

// The general way, which a rotation alone takes too.
Patch resample_volume(const Patch& patch, const Augmentation& drawn);

// Displacement in voxels, float32 [3 (D, H, W), D, H, W]: a cubic B-spline whose control points lie
// elastic_spacing apart from one voxel before the patch on, each with three Gaussian numbers times
// elastic_magnitude.
torch::Tensor displacement(const Augmentation& drawn, const Dhw<std::int64_t>& size,
                           torch::Device device);

}  // namespace seg
