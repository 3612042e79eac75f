#pragma once
// z-score (Eq 12): (y - mean) / std, std of the population.
#include "config/prep_config.h"

#include <torch/types.h>

#include <string>

namespace seg {

// image: float32 [C, D, H, W], each channel by itself. A constant channel becomes zeros, with a warning that names `who`.
torch::Tensor z_score(const torch::Tensor& image, const NormaliseConfig& config, const std::string& who);

}  // namespace seg
