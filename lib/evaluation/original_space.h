#pragma once
// The comparison in the geometry of the files.
#include "data/dataset.h"
#include "prep/prepared_case.h"

namespace seg {

// What is compared: uint8 [D, H, W] of class indices on one grid; 255 in truth is ignored.
struct LabelPair {
  torch::Tensor prediction, truth;
  Geometry geometry = {};  // of the grid
};

// labels: the prediction uint8 [D, H, W] on the grid of `whole`, the whole prepared case (no crop).
// It comes to the grid of the label's file, where a voxel takes the class whose linearly
// interpolated share is largest (linear_onehot: a choice); the truth is that file's. Throws
// Error(data) where it cannot be read.
LabelPair on_label_file(const Case& c, const LabelMap& map, const PreparedCase& whole,
                        const torch::Tensor& labels);

}  // namespace seg
