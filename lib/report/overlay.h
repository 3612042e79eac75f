#pragma once
// What a person looks at to judge a case: its image with the outlines of truth and prediction.
#include "core/axes.h"

#include <torch/types.h>

#include <string>
#include <vector>

namespace seg {

struct OverlayCase {
  torch::Tensor image;                    // float32 [D, H, W], canonical (RAS), one channel
  torch::Tensor truth;                    // uint8 [D, H, W]; 255 = ignored
  torch::Tensor prediction;               // uint8 [D, H, W]
  Dhw<double> spacing = {1, 1, 1};        // millimetres
  std::vector<std::string> classes = {};  // names; classes[0] is background
  std::string id = {};
};

// A drawing in SVG that needs no other file: axial, coronal and sagittal plane through the slice of
// the largest error in each (planes.h), at one scale in millimetres; truth as solid and prediction
// as dashed lines along the borders of voxels, in the colours of the classes (palette.h), a dotted
// grey line around what is ignored; a legend of the classes that are seen. A slice of more than 512
// pixels a side is drawn from means of pixels; the smallest outlines of one are left out, and
// counted, where they would take more than 64 kB.
std::string overlay_svg(const OverlayCase& c);

}  // namespace seg
