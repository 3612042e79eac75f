#pragma once
// The distance weights of DWCE.
#include "config/loss_config.h"

#include <torch/types.h>

namespace seg {

// The weights w of DWCE, float32 [B, D, H, W] on the device of the labels: w = 1 + w0 exp(-d^2 / (2
// sigma^2)), d in voxels.
torch::Tensor dwce_weight(const torch::Tensor& labels, std::int64_t classes,
                          const DwceConfig& config);

}  // namespace seg
