#pragma once
// A preprocessed case as the cache holds it: canonical axes (RAS), resampled, z-scored, before the crop is applied as numbers.
#include "image/volume.h"

#include <string>

namespace seg {

struct PreparedCase {
  std::string id;
  torch::Tensor image;  // float32 [C, D, H, W]; a view of the memory map (never written to); cropped or padded as prep.crop says
  torch::Tensor label;  // uint8 [D, H, W], class indices (not file values), 255 = ignore; undefined for a case without a label
  Geometry geometry;    // of `image`
};

}  // namespace seg
