#pragma once
// Figure 1 of the paper: from the labels of a case to the weights of the cross-entropy.
#include "config/config.h"
#include "study/figure_sheet.h"

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace seg {

// What the loss makes of the labels, side by side in one axial slice: the mask G, what the contour
// leaves of it (the erosion E), the contour C, and, where the loss weights its cross-entropy with
// the contour, the weights w = base + alpha C, black where a voxel does not count. Contour and
// weights are the loss's own, of the whole label at once, while training makes them of a patch.
// label: uint8 [D, H, W]; z: index of D; classes: names, by index. Throws Error(config) where the
// loss reads no contour.
Figure contour_figure(const torch::Tensor& label, std::int64_t z,
                      const std::vector<std::string>& classes, const LossConfig& loss);

// The figure of a case as training sees it (preprocessed, cropped), as stem.svg and stem.png.
// slice: counted from 1, from the feet; without it the slice of most classes. Builds the case where
// the cache lacks it. Throws Error(config) for a case or a slice that is not there, too.
void write_contour_figure(const Config& config, const std::string& case_id,
                          std::optional<std::int64_t> slice, const std::filesystem::path& stem);

}  // namespace seg
