#pragma once
// DSC = 2 |P n G| / (|P| + |G|) on label maps, exact; the one definition that selects the model and
// fills the tables.
#include "metric/regions.h"

#include <torch/types.h>

namespace seg {

struct DiceCounts {
  std::int64_t intersection = 0, prediction = 0, truth = 0;
  bool absent() const { return prediction == 0 && truth == 0; }  // left out of means, counted
  double dice() const;  // NaN where absent, 0 where one side is empty
};

// prediction, truth: uint8 [D, H, W] of class indices on the CPU; voxels whose truth is 255
// (ignore) count on neither side.
std::vector<DiceCounts> dice_counts(const torch::Tensor& prediction, const torch::Tensor& truth,
                                    const std::vector<Region>& regions);

}  // namespace seg
