#pragma once
// Overlap of label maps, exact; the one definition that selects the model and fills the tables.
#include "metric/regions.h"

#include <torch/types.h>

namespace seg {

struct DiceCounts {
  std::int64_t intersection = 0, prediction = 0, truth = 0;
  bool absent() const { return prediction == 0 && truth == 0; }  // left out of means, counted

  // Of labels. NaN where absent. Where one side is empty all four are 0: precision too where
  // nothing is predicted and recall where there is nothing to find, though their quotients are then
  // undefined, so that a structure that is missed or made up counts in every mean alike.
  double dice() const;       // 2 |P n G| / (|P| + |G|)
  double iou() const;        // |P n G| / |P u G|
  double precision() const;  // |P n G| / |P|
  double recall() const;     // |P n G| / |G|
};

// prediction, truth: uint8 [D, H, W] of class indices on the CPU; voxels whose truth is 255
// (ignore) count on neither side.
std::vector<DiceCounts> dice_counts(const torch::Tensor& prediction, const torch::Tensor& truth,
                                    const std::vector<Region>& regions);

}  // namespace seg
