#pragma once
#include "image/geometry.h"

#include <torch/types.h>

namespace seg {

// Voxels and where they lie. Images are float32 [C, D, H, W]. Label maps are [D, H, W]: int32 of
// the file's own values as read, uint8 class indices once data.labels was applied.
struct Volume {
  torch::Tensor voxels;
  Geometry geometry;
};

}  // namespace seg
