#pragma once
// Panoptic quality of one region: 26-connected components of both sides are the instances, none too
// small, and pairs with an IoU of at least 1/2 match.
#include "metric/regions.h"

#include <torch/types.h>

namespace seg {

struct PanopticQuality {
  std::string region;
  std::int64_t tp = 0, fp = 0, fn = 0;  // pairs, predicted and reference instances without one
  std::vector<double> ious;             // of the pairs, in C order of the reference
  // rq = tp / (tp + fp / 2 + fn / 2), sq = mean of the IoUs, pq = rq sq; without pairs 0. Without
  // instances on either side undefined: NaN, to be left out of means.
  double rq = 0, sq = 0, pq = 0;
};

// prediction, truth: uint8 [D, H, W] of label values on the CPU; voxels whose truth is 255 (ignore)
// leave both first. threads: 0 for all cores.
std::vector<PanopticQuality> panoptic_quality(const torch::Tensor& prediction,
                                              const torch::Tensor& truth,
                                              const std::vector<Region>& regions, int threads = 0);

}  // namespace seg
