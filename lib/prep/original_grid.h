#pragma once
// From the prepared grid back to the grid of the file.
#include "image/volume.h"

#include <string>

namespace seg {

// label: uint8 [D, H, W] on `prepared` (canonical axes, resampled, cropped) -> uint8 [D, H, W] on
// `original`, the geometry of the file it came from. interpolation as resample_label. What the crop
// left out becomes 0, background. threads: 0 for all cores.
torch::Tensor label_on_original_grid(const torch::Tensor& label, const Geometry& prepared,
                                     const Geometry& original, const std::string& interpolation,
                                     int threads = 0);

}  // namespace seg
