#pragma once
// Every loss by its equation, written plainly on whole volumes in the logits' type.
#include "contour/contour.h"
#include "contour/dwce_weight.h"
#include "loss/loss.h"

#include <torch/utils.h>

namespace seg::test {

// The volumes of an equation, N voxels: p and g [N, M], C and w [N].
struct Voxels {
  torch::Tensor p, g, log_p_y, contour, distance_weight;
  Voxels(const torch::Tensor& logits, const torch::Tensor& labels, const LossConfig& config) {
    const std::int64_t classes = logits.size(1);
    const auto flat = [&](const torch::Tensor& volume) {
      return volume.flatten().masked_select(labels.flatten().ne(255));
    };
    const torch::Tensor rows = logits.permute({0, 2, 3, 4, 1}).reshape({-1, classes}),
                        kept = labels.flatten().ne(255).nonzero().flatten();
    const torch::Tensor y = flat(labels).to(torch::kLong),
                        log_p = rows.index_select(0, kept).log_softmax(1);
    p = log_p.exp();
    g = torch::zeros_like(p).scatter(1, y.unsqueeze(1), 1);
    log_p_y = log_p.gather(1, y.unsqueeze(1)).squeeze(1);
    contour = flat(contour_of_loss(labels, classes, config)).to(torch::kDouble);
    distance_weight = flat(dwce_weight(labels, classes, config.dwce)).to(torch::kDouble);
  }
};

inline torch::Tensor plain_dice(const Voxels& v,
                                const torch::Tensor& region) {  // Eq 2 over {v: region = 1}
  torch::Tensor total = torch::zeros({}, torch::kDouble);
  const auto p_of = v.p.unbind(1), g_of = v.g.unbind(1);
  for (std::size_t j = 1; j < p_of.size(); ++j) {
    const torch::Tensor p = p_of[j] * region, g = g_of[j] * region;
    total = total + 2 * (p * g).sum() / (p.square().sum() + g.square().sum() + 1e-5);
  }
  return 1 - total / static_cast<double>(v.p.size(1) - 1);
}

inline torch::Tensor plain_gdl(const Voxels& v) {
  torch::Tensor above = torch::zeros({}, torch::kDouble), below = above;
  double largest = 0;
  const auto p_of = v.p.unbind(1), g_of = v.g.unbind(1);
  for (const torch::Tensor& g : g_of)
    if (const double n = g.sum().item<double>(); n > 0) largest = std::max(largest, 1 / (n * n));
  for (std::size_t j = 0; j < p_of.size(); ++j) {
    const torch::Tensor p = p_of[j], g = g_of[j];
    const double n = g.sum().item<double>(), w = n > 0 ? 1 / (n * n) : largest;
    above = above + w * (p * g).sum();
    below = below + w * (p + g).sum();
  }
  return 1 - 2 * above / below;
}

// Eq 9, 10 with the weight w of every voxel, as the configuration reads them.
inline torch::Tensor plain_cross_entropy(const Voxels& v, const torch::Tensor& w,
                                         const LossConfig& config) {
  const torch::Tensor counts = config.ce_background ? torch::ones_like(w) : 1 - v.g.select(1, 0);
  const auto classes = static_cast<double>(v.p.size(1) - (config.ce_background ? 0 : 1));
  const torch::Tensor sum = -(counts * w * v.log_p_y).sum();
  return config.ce_reduction == CeReduction::mean ? sum / counts.sum() : sum / classes;
}

// What the authors' public code computes; its C_j is C where y = j.
inline torch::Tensor plain_release(const Voxels& v) {
  const auto targets = [](const torch::Tensor& of_classes) { return of_classes.slice(1, 1); };
  const torch::Tensor p = targets(v.p), g = targets(v.g), c = g * v.contour.unsqueeze(1);
  const auto dice = [&](const torch::Tensor& pairs) {
    const torch::Tensor both = (p * g * pairs).sum(), sizes = ((p + g) * pairs).sum();
    return 1 - (2 * both + 1e-3) / (sizes + 1e-3);
  };
  const torch::Tensor ce = -((1 + v.contour) * v.log_p_y).mean();
  return 2 * (ce + dice(c) / 2 + dice(1 - c) / 2);
}

inline torch::Tensor plain_loss(const torch::Tensor& logits, const torch::Tensor& labels,
                                const LossConfig& config) {
  const Voxels v(logits, labels, config);
  const torch::Tensor all = torch::ones_like(v.contour);
  const auto ce = [&](const torch::Tensor& w) { return plain_cross_entropy(v, w, config); };
  const torch::Tensor w = config.contour.base + config.alpha * v.contour;
  const auto sdl = [&] {
    return 0.5 * plain_dice(v, v.contour) + 0.5 * plain_dice(v, 1 - v.contour);
  };  // Eq 6
  switch (config.name) {
    case LossName::CE: return ce(all);
    case LossName::CWCE: return ce(w);
    case LossName::DWCE: return ce(v.distance_weight);
    case LossName::DL: return plain_dice(v, all);
    case LossName::SDL: return sdl();
    case LossName::GDL: return plain_gdl(v);
    case LossName::CEDL: return ce(all) + plain_dice(v, all);
    case LossName::CWCD: return ce(w) + sdl();  // Eq 11
    case LossName::CWCD_release: return plain_release(v);
  }
  return {};
}

}  // namespace seg::test
