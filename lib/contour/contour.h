#pragma once
// The contour map C of Eq 1: which voxels lie within n voxels of another label.
#include "config/loss_config.h"

#include <torch/types.h>

namespace seg {

// labels: uint8 [B, D, H, W], class indices below `classes`, 255 = ignore. Returns uint8 [B, D, H,
// W] on the device of the labels: 1 where the label is among config.classes and the window of side
// 2n + 1 around the voxel holds another label (mode uniform), or where another label lies within
// the class's own thickness n_j (mode adaptive). Windows stay within one sample; ignored voxels are
// neither contour nor another label.
torch::Tensor contour_map(const torch::Tensor& labels, std::int64_t classes,
                          const ContourConfig& config);

// The contour of the authors' public code: one erosion by the 2x2x2 cube of offsets -1 and 0, the
// outside is another label, all classes.
torch::Tensor release_contour_map(const torch::Tensor& labels, std::int64_t classes);

// The contour that the loss of this configuration reads: the release's for CWCD_release, else
// contour_map of config.contour, also where the loss reads none.
torch::Tensor contour_of_loss(const torch::Tensor& labels, std::int64_t classes,
                              const LossConfig& config);

}  // namespace seg
