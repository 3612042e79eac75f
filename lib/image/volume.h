#pragma once
#include "image/geometry.h"

#include <torch/types.h>

namespace seg {

// Voxels and where they lie. Images are float32 [C, D, H, W]; label maps uint8 [D, H, W].
struct Volume {
  torch::Tensor voxels;
  Geometry geometry;
};

}  // namespace seg
