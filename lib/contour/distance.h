#pragma once
// Exact Euclidean distance maps and the distance weights of DWCE.
#include "config/loss_config.h"

#include <torch/types.h>

namespace seg {

// seeds: uint8 [D, H, W], CPU, contiguous. float32 [D, H, W]: squared distance in voxels to the
// nearest seed, +inf where there is none. Felzenszwalb and Huttenlocher's lower envelope of
// parabolas, axis by axis, on all threads; exact while the squares fit 24 bits.
torch::Tensor squared_distance(const torch::Tensor& seeds);

// The weights w of DWCE, float32 [B, D, H, W] on the device of the labels: w = 1 + w0 exp(-d^2 / (2
// sigma^2)).
torch::Tensor dwce_weight(const torch::Tensor& labels, std::int64_t classes,
                          const DwceConfig& config);

}  // namespace seg
