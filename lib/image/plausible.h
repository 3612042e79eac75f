#pragma once
#include "image/geometry.h"

#include <string>

namespace seg {

// Millimetres; anything else is another unit of length, or damage.
inline constexpr double least_spacing = 0.01, most_spacing = 100, farthest_origin = 1e6;

// Of a volume, on disk or resampled.
inline constexpr std::int64_t most_voxels = 2147483647;

// Throws VolumeError (spacing, direction, header) naming `file` for a voxel size outside these
// limits, an origin beyond them, or axes that are not at right angles to 1e-3.
void require_plausible(const Xyz<double>& spacing, const Xyz<double>& origin,
                       const std::string& file);
void require_plausible(const Geometry& geometry, const std::string& file);

}  // namespace seg
