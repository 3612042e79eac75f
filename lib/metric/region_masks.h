#pragma once
#include "metric/regions.h"
#include "metric/run_mask.h"

#include <torch/types.h>

namespace seg {

// Both sides of a region; voxels whose truth is 255 (ignore) are in neither.
struct RegionMasks {
  RunMask prediction, truth;
};

// prediction, truth: uint8 [D, H, W] on the CPU, of one shape; regions name their values.
RegionMasks region_masks(const torch::Tensor& prediction, const torch::Tensor& truth,
                         const Region& region);

}  // namespace seg
