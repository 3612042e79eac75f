#pragma once
// Contour maps and distance weights on a GPU, on the current stream, without a synchronisation.
// labels: uint8 [B, D, H, W], contiguous. Throw Error where the programs were built without CUDA.
#include "config/loss_config.h"
#include "contour/label_window.h"

namespace seg {

torch::Tensor cube_contour_on_gpu(const torch::Tensor& labels, Reach reach, bool zero_border,
                                  std::uint8_t first, std::uint8_t classes);
torch::Tensor adaptive_map_on_gpu(const torch::Tensor& labels, std::int64_t classes,
                                  const ContourConfig& config);
torch::Tensor dwce_weight_on_gpu(const torch::Tensor& labels, const DwceConfig& config);

// Distances in voxels beyond which the maps no longer depend on them: there every n_j is n, and
// DWCE's weight is 1 to 1e-8.
std::int64_t adaptive_reach(const ContourConfig& config);
std::int64_t dwce_reach(const DwceConfig& config);

}  // namespace seg
