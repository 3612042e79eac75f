#pragma once
// The comparison in the geometry of the files.
#include "data/dataset.h"
#include "image/volume.h"

#include <functional>

namespace seg {

// What is compared: uint8 [D, H, W] of class indices on one grid; 255 in truth is ignored.
struct LabelPair {
  torch::Tensor prediction, truth;
  Geometry geometry = {};  // of the grid
};

// A prediction uint8 [D, H, W] on a grid that has the prepared case's direction.
using PredictOnGrid = std::function<torch::Tensor(const Geometry& grid)>;

// The prediction on the grid of the label's file, and that file's own labels. predict is called
// once, with that grid in canonical axes; where the label lies on another grid than the first
// channel (prep.resample_to: first), with the prepared one, and then a voxel takes the class whose
// linearly interpolated share is largest (linear_onehot: a choice). Throws Error(data) where the
// file cannot be read.
LabelPair on_label_file(const Case& c, const LabelMap& map, const Geometry& prepared,
                        const PredictOnGrid& predict);

}  // namespace seg
