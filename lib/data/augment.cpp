#include "data/augment.h"

#include <torch/torch.h>

#include <cmath>
#include <numbers>

namespace seg {
namespace {

// Input positions (row, column) of every output pixel of an H x W slice rotated about its centre. float32 [H * W] each.
struct Positions {
  torch::Tensor row, column;
};

Positions rotated_positions(std::int64_t H, std::int64_t W, double degrees) {
  const double angle = degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
  const double middle_row = static_cast<double>(H - 1) / 2, middle_column = static_cast<double>(W - 1) / 2;
  const torch::Tensor rows = (torch::arange(H, torch::kFloat64) - middle_row).view({H, 1}),
                      columns = (torch::arange(W, torch::kFloat64) - middle_column).view({1, W});
  return {(c * rows - s * columns + middle_row).flatten(), (s * rows + c * columns + middle_column).flatten()};
}

torch::Tensor inside(const Positions& p, std::int64_t H, std::int64_t W) {
  return (p.row >= -1e-6) & (p.row <= static_cast<double>(H - 1) + 1e-6) & (p.column >= -1e-6) &
         (p.column <= static_cast<double>(W - 1) + 1e-6);
}

Patch rotate(const Patch& patch, double degrees) {
  const std::int64_t C = patch.image.size(0), D = patch.image.size(1), H = patch.image.size(2), W = patch.image.size(3);
  const Positions p = rotated_positions(H, W, degrees);
  const torch::Tensor within = inside(p, H, W);
  const torch::Tensor row = p.row.clamp(0, static_cast<double>(H - 1)), column = p.column.clamp(0, static_cast<double>(W - 1));
  const torch::Tensor r0 = row.floor(), c0 = column.floor();
  const torch::Tensor wr = (row - r0).to(torch::kFloat32), wc = (column - c0).to(torch::kFloat32);
  const auto index = [&](const torch::Tensor& r, const torch::Tensor& c) {
    return (r.clamp_max(static_cast<double>(H - 1)) * W + c.clamp_max(static_cast<double>(W - 1))).to(torch::kInt64);
  };
  const torch::Tensor slices = patch.image.contiguous().view({C * D, H * W});
  const auto gather = [&](const torch::Tensor& r, const torch::Tensor& c) { return slices.index_select(1, index(r, c)); };
  const torch::Tensor top = torch::lerp(gather(r0, c0), gather(r0, c0 + 1), wc),
                      bottom = torch::lerp(gather(r0 + 1, c0), gather(r0 + 1, c0 + 1), wc);
  torch::Tensor image = torch::lerp(top, bottom, wr).view({C, D, H * W});
  const torch::Tensor lowest = patch.image.amin({1, 2, 3}).view({C, 1, 1});
  image = torch::where(within.view({1, 1, H * W}), image, lowest).view({C, D, H, W});
  const torch::Tensor nearest = index((row + 0.5).floor(), (column + 0.5).floor());
  torch::Tensor label = patch.label.contiguous().view({D, H * W}).index_select(1, nearest);
  label = label.masked_fill(within.logical_not().view({1, H * W}), 255).view({D, H, W});
  return {image, label};
}

}  // namespace

Augmentation draw_augmentation(const AugmentationConfig& config, std::uint64_t seed, std::uint64_t epoch, std::uint64_t sample) {
  Augmentation drawn;
  Random rotation(seed, epoch, sample, Purpose::rotation), flip(seed, epoch, sample, Purpose::flip);
  if (rotation.chance(config.rotation_probability)) {
    const double angle = rotation.uniform(0, config.rotation_degrees);
    drawn.degrees = rotation.chance(0.5) ? angle : -angle;
  }
  if (flip.chance(config.flip_probability)) drawn.flip = static_cast<int>(1 + flip.integer(2));
  return drawn;
}

Patch augment(const Patch& patch, const Augmentation& drawn) {
  Patch out = drawn.degrees == 0 ? patch : rotate(patch, drawn.degrees);
  if (drawn.flip == 0) return out;
  const std::int64_t d = drawn.flip == 1 ? 2 : 1;
  return {out.image.flip({d + 1}), out.label.flip({d})};
}

}  // namespace seg
