#pragma once
// How far the surfaces of two masks lie apart: HD, HD95, ASSD and NSD.
//
// Two surfaces are in use. HD, HD95 and ASSD take the voxels that have a face on the outside of the
// mask (beyond the volume is outside), and distances between their centres: MONAI's definition. NSD
// takes DeepMind's surface elements: at the corners of voxels, weighted by their area. A corner of
// one surface is nearest to some corner of the other, not to the one that belongs to the nearest
// voxel, so neither set of distances follows from the other. Each is searched for by itself
// (distance/nearest_place.h): along a surface that costs a few rows per place, far less than the
// one dense distance map that would hold both, on a grid of half voxels, eight times the volume;
// and NSD needs no distance above its largest tolerance.
#include "distance/bit_volume.h"

#include <limits>
#include <vector>

namespace seg {

// Both masks empty: all NaN. One empty: distances infinite, NSD 0.
struct SurfaceMetrics {
  double hd = std::numeric_limits<double>::quiet_NaN();    // mm: the largest distance
  double hd95 = std::numeric_limits<double>::quiet_NaN();  // mm: the larger of the two directions'
                                                           // 95th percentiles, interpolated
  double assd = std::numeric_limits<double>::quiet_NaN();  // mm: mean over both directions together
  std::vector<double> nsd;  // share of both surfaces within each tolerance of the other
};

// Masks of one size; spacing and tolerances in mm.
SurfaceMetrics surface_metrics(const BitVolume& prediction, const BitVolume& truth,
                               const Dhw<double>& spacing, const std::vector<double>& tolerances);

// The voxels of a mask that have a face on its outside.
BitVolume surface_voxels(const BitVolume& mask);

// The corners (one more than voxels along each axis) around which a mask has some voxels and lacks
// some: those of surface_elements.h.
BitVolume surface_corners(const BitVolume& mask);

}  // namespace seg
