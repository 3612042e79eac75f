#pragma once
// z-score (Eq 12): (y - mean) / std, std of the population.
#include "config/prep_config.h"
#include "prep/box.h"

#include <torch/types.h>

#include <optional>
#include <string>

namespace seg {

// In place on float32 [C, D, H, W], contiguous, each channel by itself: clipped, then standardised
// with the mean and deviation of config.region, summed in double, the same on any number of threads
// (0: all cores). crop: what the region `crop` is; else the whole. A channel that is constant there
// (deviation at most float32's rounding of its mean) becomes zeros, with a warning that names
// `who`.
void z_score(torch::Tensor image, const NormaliseConfig& config, const std::string& who,
             int threads = 0, const std::optional<Box>& crop = {});

// NaN and infinite values replaced by the least finite one (prep.nan: fill); there is one.
torch::Tensor filled(const torch::Tensor& values);

// Values as the z-score sees them: clipped to config.clip.
torch::Tensor clipped(const torch::Tensor& values, const NormaliseConfig& config);

}  // namespace seg
