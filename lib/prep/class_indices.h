#pragma once
#include <torch/types.h>

#include <cstdint>
#include <map>

namespace seg {

// values: int32 [D, H, W], 0 to 65535 -> class indices uint8 [D, H, W]; 0 is background, a value that `labels` does not know 255.
torch::Tensor class_indices(const torch::Tensor& values, const std::map<int, std::uint8_t>& labels);

}  // namespace seg
