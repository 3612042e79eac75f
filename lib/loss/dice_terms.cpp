#include "loss/dice_terms.h"

namespace seg {

RegionSums region_sums(const SoftmaxStatistics& s, Region region, bool per_sample) {
  torch::Tensor sums = region == Region::whole ? s.sums.sum(1) : s.sums.select(1, static_cast<int>(region));  // [B, 4, M]
  if (!per_sample) sums = sums.sum(0, true);
  return {sums.select(1, 0), sums.select(1, 1), sums.select(1, 2), sums.select(1, 3)};
}

// 1 - 1/|T| sum_j 2 sum p g / (sum p^2 + sum g^2 + eps); g^2 = g.
torch::Tensor dice_term(const RegionSums& r, const LossConfig& config) {
  const torch::Tensor denominator = (config.dice_denominator == "linear" ? r.p : r.p2) + r.g + config.epsilon;
  torch::Tensor term = 1 - 2 * r.pg / denominator, g = r.g;  // [b, M]
  if (!config.include_background) {
    term = term.slice(1, 1);
    g = g.slice(1, 1);
  }
  if (config.absent == "count") return term.mean();
  const torch::Tensor present = g.gt(0).to(torch::kDouble);
  return ((term * present).sum(1) / present.sum(1).clamp_min(1)).mean();
}

// 1 - 2 sum_j w_j sum p g / (sum_j w_j sum (p + g)), w_j = 1 / (sum g_j)^2; an absent class: the largest weight present.
torch::Tensor generalised_dice(const RegionSums& r) {
  const torch::Tensor present = r.g.gt(0);
  torch::Tensor w = torch::where(present, r.g.clamp_min(1).pow(-2), 0.0);
  w = torch::where(present, w, w.amax(1, true));
  const torch::Tensor numerator = 2 * (w * r.pg).sum(1), denominator = (w * (r.p + r.g)).sum(1);
  return (1 - numerator / torch::where(denominator.gt(0), denominator, 1.0)).mean();  // no voxel at all: 1
}

// 1/N sum_v (1 + alpha C) (-log p_y), or the same sum over M.
torch::Tensor cross_entropy_term(const SoftmaxStatistics& s, double alpha, bool mean) {
  const torch::Tensor sum = s.cross_entropy.select(1, 0).sum() + (1 + alpha) * s.cross_entropy.select(1, 1).sum();
  if (!mean) return sum / s.sums.size(3);
  const torch::Tensor n = s.sums.select(2, 3).sum();
  return sum / n.clamp_min(1);
}

torch::Tensor contour_dice(const SoftmaxStatistics& s, const LossConfig& config) {
  const torch::Tensor l_c = dice_term(region_sums(s, Region::contour, config.per_sample), config);
  const torch::Tensor l_noc = dice_term(region_sums(s, Region::rest, config.per_sample), config);
  return config.lambda * l_c + (1 - config.lambda) * l_noc;
}

// 2 [mean((1 + C) CE) + L_c / 2 + L_noc / 2]. L_c sums over the pairs (v, target j) with C_j(v) = 1, that is C(v) = 1 and y(v) = j, so its
// p g and its p are the contour's p g; L_noc sums over all other pairs.
torch::Tensor release_loss(const SoftmaxStatistics& s) {
  constexpr double kSmooth = 1e-3;
  const auto dice = [&](const torch::Tensor& pg, const torch::Tensor& p, const torch::Tensor& g) {
    return 1 - (2 * pg + kSmooth) / (p + g + kSmooth);
  };
  const auto targets = [](const torch::Tensor& sums) { return sums.slice(1, 1).sum(); };
  const RegionSums contour = region_sums(s, Region::contour, false), whole = region_sums(s, Region::whole, false);
  const torch::Tensor pg_c = targets(contour.pg), g_c = targets(contour.g);
  const torch::Tensor l_c = dice(pg_c, pg_c, g_c);
  const torch::Tensor l_noc = dice(targets(whole.pg) - pg_c, targets(whole.p) - pg_c, targets(whole.g) - g_c);
  return 2 * (cross_entropy_term(s, 1, true) + l_c / 2 + l_noc / 2);
}

}  // namespace seg
