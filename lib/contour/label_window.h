#pragma once
// Window minimum and maximum of label volumes, axis by axis, on all threads.
#include "contour/window_kernel.h"
#include "core/ignore.h"

#include <torch/types.h>

#include <torch/types.h>

namespace seg {

// labels: uint8 [B, D, H, W], contiguous, CPU. Returns uint8 [B, D, H, W]: 1 where label in [first,
// classes) and the window (cut at the volume's border) holds another label that is not ignored.
// Linear in the voxels, 1 byte per voxel of working memory.
torch::Tensor window_differs(const torch::Tensor& labels, Reach reach, std::uint8_t first,
                             std::uint8_t classes);

// Sets to 1 the voxels of those classes whose window leaves the volume: the outside counts as
// another label.
void mark_border(torch::Tensor& contour, const torch::Tensor& labels, Reach reach,
                 std::uint8_t first, std::uint8_t classes);

}  // namespace seg
