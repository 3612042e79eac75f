#pragma once
// Contours as thick as each class can bear.
#include "config/loss_config.h"

#include <torch/types.h>

namespace seg {

// labels: uint8 [B, D, H, W], contiguous, CPU. Per sample and class, with m_j the largest
// chessboard distance of a voxel of class j to another label: n_j = clamp(floor(beta m_j + 1/2), 1,
// n), and C = 1 where another label lies within n_j.
torch::Tensor adaptive_contour_map(const torch::Tensor& labels, std::int64_t classes,
                                   const ContourConfig& config);

}  // namespace seg
