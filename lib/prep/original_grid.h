#pragma once
// From the prepared grid back to the grid of the file.
#include "config/prep_config.h"
#include "image/volume.h"

namespace seg {

// label: uint8 [D, H, W] on `prepared` (canonical axes, resampled, cropped) -> uint8 [D, H, W] on
// `original`, the geometry of the file it came from. interpolation as resample_label. What the crop
// left out becomes 0, background. threads: 0 for all cores.
torch::Tensor label_on_original_grid(const torch::Tensor& label, const Geometry& prepared,
                                     const Geometry& original, LabelInterpolation interpolation,
                                     int threads = 0);

}  // namespace seg
