#pragma once
// Everything measured of one case: overlap and, where asked for, surfaces, for every region.
#include "core/axes.h"
#include "metric/dice.h"

#include <limits>

namespace seg {

struct RegionMetrics {
  DiceCounts counts;
  // mm, as metric/surface.h defines them: NaN where the region is absent, infinite where one side
  // is empty.
  double hd = std::numeric_limits<double>::quiet_NaN();
  double hd95 = std::numeric_limits<double>::quiet_NaN();
  double assd = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> nsd;  // parallel to the tolerances; NaN where absent, 0 where a side is empty
  bool surfaces = false;    // whether the surfaces were measured: else all four say nothing
};

// prediction, truth: uint8 [D, H, W] of class indices on the CPU; voxels whose truth is 255
// (ignore) leave both masks before anything is measured. spacing in mm; tolerances of NSD in mm.
// Regions are measured side by side on Torch's threads; each works within the box of its own two
// masks and needs about two bytes for each voxel of it at most, beside 8 for each on a surface.
std::vector<RegionMetrics> region_metrics(const torch::Tensor& prediction,
                                          const torch::Tensor& truth,
                                          const std::vector<Region>& regions,
                                          const Dhw<double>& spacing,
                                          const std::vector<double>& tolerances);

}  // namespace seg
