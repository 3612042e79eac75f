#pragma once
// The Dice and cross-entropy terms of Eq 2 to 10, each a few lines on the sums of softmax_statistics.
#include "config/loss_config.h"
#include "loss/softmax_statistics.h"

namespace seg {

// Sums of one region, float64 [b, M] each; b = samples (loss.per_sample) or 1 (the batch together).
struct RegionSums {
  torch::Tensor pg, p2, p, g;
};

enum class Region { rest = 0, contour = 1, whole = 2 };
RegionSums region_sums(const SoftmaxStatistics& s, Region region, bool per_sample);

torch::Tensor dice_term(const RegionSums& r, const LossConfig& config);                 // Eq 2, 4, 5 by region
torch::Tensor generalised_dice(const RegionSums& r);                                    // GDL
torch::Tensor cross_entropy_term(const SoftmaxStatistics& s, double alpha, bool mean);  // Eq 9, 10: w = 1 + alpha C
torch::Tensor contour_dice(const SoftmaxStatistics& s, const LossConfig& config);       // Eq 6: SDL
torch::Tensor release_loss(const SoftmaxStatistics& s);                                 // the authors' public code

}  // namespace seg
