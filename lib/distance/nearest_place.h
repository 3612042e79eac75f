#pragma once
// Distances from places to the nearest of other places, where few of a volume's are asked for: from
// the surface of one mask to that of another.
#include "distance/bit_volume.h"

#include <functional>
#include <limits>

namespace seg {

struct Reach {
  double mm = std::numeric_limits<double>::infinity();  // beyond it a distance is +inf

  // Rows looked at, for each voxel of the volume, before a transform takes over. That costs about
  // as much as what was looked at by then, so no search takes more than about twice what the better
  // way would: linear in the voxels whatever the places are. 0: the transform from the start.
  double rows_per_voxel = 1;
};

// Calls found(d, h, w, mm) for every place of `from` in their order: its distance in mm to the
// nearest place of `to`, +inf where there is none in reach. The volumes have the same size, less
// than 65535 along D. Exact: the least of sqrt((dd s_d)^2 + (dh s_h)^2 + (dw s_w)^2) in double,
// added in this order. Memory: 2 bytes per voxel if a transform takes over, else little.
using FoundDistance =
    std::function<void(std::int64_t d, std::int64_t h, std::int64_t w, double mm)>;
void nearest_places(const BitVolume& from, const BitVolume& to, const Dhw<double>& spacing,
                    const Reach& reach, const FoundDistance& found);

}  // namespace seg
