#pragma once
#include "image/volume.h"

#include <array>

namespace seg {

// The label of the largest sum of weights among the eight corners of a cell; `nearest` wins a tie,
// else the highest label.
std::uint8_t heaviest_label(const std::array<std::uint8_t, 8>& corner,
                            const std::array<float, 8>& weight, std::uint8_t nearest);

// label: uint8 [D, H, W], contiguous, on `from` -> on `grid`, by the rule of "linear_onehot" in
// resample.h. No one-hot volume is made.
torch::Tensor resample_onehot(const torch::Tensor& label, const Geometry& from,
                              const Geometry& grid, int threads);

}  // namespace seg
