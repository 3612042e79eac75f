#include "loader/augment.h"

#include "core/splitmix.h"
#include "loader/spatial.h"

#include <torch/types.h>

#include <cmath>
#include <numbers>

namespace seg {
namespace {

torch::Tensor shifted(const torch::Tensor& z, int bits) {  // unsigned: int64 >> copies the sign
  return torch::bitwise_right_shift(z, bits).bitwise_and_((std::int64_t{1} << (64 - bits)) - 1);
}

// splitmix of every element.
torch::Tensor mixed(torch::Tensor z) {
  for (int i = 0; i < 2; ++i)
    z = z.bitwise_xor_(shifted(z, kMixShifts[i])).mul_(static_cast<std::int64_t>(kMixFactors[i]));
  return z.bitwise_xor_(shifted(z, kMixShifts[2]));
}

// Gaussian smoothing cut off at 4 standard deviations, edge voxels continued: the sum of shifted
// images, axis by axis.
torch::Tensor blurred(torch::Tensor image, double sigma) {
  const auto radius = static_cast<std::int64_t>(4 * sigma + 0.5);
  std::vector<double> weight;
  double sum = 0;
  for (std::int64_t i = -radius; i <= radius; ++i)
    sum += weight.emplace_back(std::exp(-0.5 * static_cast<double>(i * i) / (sigma * sigma)));
  for (std::int64_t d = 1; d <= 3; ++d) {
    const std::int64_t n = image.size(d);
    const torch::Tensor index =
        torch::arange(-radius, n + radius, image.options().dtype(torch::kInt64)).clamp_(0, n - 1);
    const torch::Tensor padded = image.index_select(d, index);
    torch::Tensor out = torch::zeros_like(image);
    for (std::int64_t i = 0; i <= 2 * radius; ++i)
      out.add_(padded.narrow(d, i, n), weight[static_cast<std::size_t>(i)] / sum);
    image = out;
  }
  return image;
}

torch::Tensor with_contrast(const torch::Tensor& image, double factor) {
  const torch::Tensor mean = image.mean({1, 2, 3}, true), low = image.amin({1, 2, 3}, true),
                      high = image.amax({1, 2, 3}, true);
  return ((image - mean) * factor + mean).clamp(low, high);
}

torch::Tensor coarsened(const torch::Tensor& image, double share) {
  const std::vector<std::int64_t> fine(image.sizes().begin() + 1, image.sizes().end());
  std::vector<std::int64_t> coarse;
  for (const std::int64_t n : fine)
    coarse.push_back(std::max<std::int64_t>(1, std::llround(static_cast<double>(n) * share)));
  const torch::Tensor small = at::_upsample_nearest_exact3d(image.unsqueeze(0), coarse);
  return at::upsample_trilinear3d(small, fine, /*align_corners=*/false)[0];
}

torch::Tensor with_gamma(const torch::Tensor& image, double exponent) {
  const auto mean = [](const torch::Tensor& x) { return x.mean({1, 2, 3}, true); };
  const auto deviation = [](const torch::Tensor& x) {
    return x.std({1, 2, 3}, /*unbiased=*/false, true).clamp_min(1e-7);
  };
  const torch::Tensor low = image.amin({1, 2, 3}, true),
                      range = (image.amax({1, 2, 3}, true) - low).clamp_min(1e-7);
  const torch::Tensor out = ((image - low) / range).pow(exponent);
  return (out - mean(out)) * (deviation(image) / deviation(out)) + mean(image);
}

// Made number by number where the labels lie: copied from here, the processor would wait for the
// GPU.
torch::Tensor table_of(const std::vector<std::uint8_t>& exchange, torch::Device device) {
  const auto count = static_cast<std::int64_t>(exchange.size());
  torch::Tensor table = torch::arange(count, torch::TensorOptions(device).dtype(torch::kUInt8));
  for (std::int64_t c = 0; c < count; ++c) {
    const auto other = exchange[static_cast<std::size_t>(c)];
    if (other != c) table.narrow(0, c, 1).fill_(other);
  }
  return table;
}

Patch flipped(const Patch& patch, const Augmentation& drawn) {
  if (drawn.flip == 0) return patch;
  const std::int64_t d = drawn.flip == 1 ? 2 : 1;
  Patch out{patch.image.flip({d + 1}), patch.label.flip({d})};
  if (drawn.exchange.empty()) return out;
  const torch::Tensor table = table_of(drawn.exchange, out.label.device());
  out.label = table.index_select(0, out.label.flatten().to(torch::kInt32)).view(out.label.sizes());
  return out;
}

}  // namespace

torch::Tensor gaussian_noise(std::uint64_t key, std::int64_t count, torch::Device device) {
  const std::int64_t pairs = (count + 1) / 2;
  torch::Tensor z = torch::arange(1, pairs + 1, torch::TensorOptions(device).dtype(torch::kInt64));
  z = mixed(z.mul_(static_cast<std::int64_t>(kGolden)).add_(static_cast<std::int64_t>(key)));
  const torch::Tensor u = shifted(z, 40).to(torch::kFloat32).add_(1).mul_(0x1p-24);  // (0, 1]
  const torch::Tensor v =
      shifted(z, 8).bitwise_and_(0xFFFFFF).to(torch::kFloat32).mul_(0x1p-24 * 2 * std::numbers::pi);
  const torch::Tensor radius = u.log().mul_(-2).sqrt_();
  return torch::stack({radius * v.cos(), radius * v.sin()}, 1).view({-1}).narrow(0, 0, count);
}

Patch augment(const Patch& patch, const Augmentation& drawn) {
  Patch out = resample_spatially(patch, drawn);
  if (drawn.noise > 0)
    out.image = out.image + gaussian_noise(drawn.noise_key, out.image.numel(), out.image.device())
                                    .view(out.image.sizes()) *
                                drawn.noise;
  if (drawn.blur > 0) out.image = blurred(out.image, drawn.blur);
  if (drawn.brightness != 1) out.image = out.image * drawn.brightness;
  if (drawn.contrast != 1) out.image = with_contrast(out.image, drawn.contrast);
  if (drawn.low_resolution != 1) out.image = coarsened(out.image, drawn.low_resolution);
  if (drawn.gamma != 1) out.image = with_gamma(out.image, drawn.gamma);
  return flipped(out, drawn);
}

}  // namespace seg
