#include "prep/normalise.h"

#include "core/log.h"
#include "core/parallel.h"
#include "prep/kernels.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace seg {
namespace {

constexpr std::int64_t voxels_at_once = 1 << 16;
constexpr double rounding = 3e-7;  // of a float32, relative

struct Clip {
  float low = -std::numeric_limits<float>::infinity(),
        high = std::numeric_limits<float>::infinity();
};

Clip clip_of(const NormaliseConfig& config) {
  if (config.clip.empty()) return {};
  return {static_cast<float>(config.clip[0]), static_cast<float>(config.clip[1])};
}

// The most frequent value on the six faces of channel [D, H, W]; the lowest of several.
float border_value(const torch::Tensor& channel, const Clip& clip) {
  std::vector<float> values;
  for (int d = 0; d < 3; ++d)
    for (const std::int64_t at : {std::int64_t{0}, channel.size(d) - 1}) {
      const torch::Tensor face = channel.select(d, at).clamp(clip.low, clip.high).contiguous();
      values.insert(values.end(), face.const_data_ptr<float>(),
                    face.const_data_ptr<float>() + face.numel());
    }
  std::sort(values.begin(), values.end());
  float best = values[0];
  std::size_t most = 0;
  for (auto run = values.begin(); run != values.end();) {
    const auto end = std::upper_bound(run, values.end(), *run);
    if (static_cast<std::size_t>(end - run) > most) {
      most = static_cast<std::size_t>(end - run);
      best = *run;
    }
    run = end;
  }
  return best;
}

float excluded_value(const torch::Tensor& channel, const Clip& clip, NormaliseRegion region) {
  if (region == NormaliseRegion::nonzero) return 0;
  return region == NormaliseRegion::foreground ? border_value(channel, clip)
                                               : std::numeric_limits<float>::quiet_NaN();
}

// The part whose moments are taken, contiguous; what is `excluded` of it is left out.
torch::Tensor part_of(const torch::Tensor& channel, const std::optional<Box>& box) {
  torch::Tensor part = channel;
  for (int d = 0; box && d < 3; ++d) part = part.narrow(d, box->start[d], box->size[d]);
  return part.contiguous();
}

struct Moments {
  double count = 0, mean = 0, deviation = 0;
};

// One pass: sums about the first voxel, per block, so that neither large offsets nor the number of
// threads change the result.
Moments moments_of(const float* x, std::int64_t count, const Clip& clip, float excluded,
                   int threads) {
  const double shift = std::clamp(x[count / 2], clip.low, clip.high);
  std::vector<kernels::Sums> blocks(
      static_cast<std::size_t>((count + voxels_at_once - 1) / voxels_at_once));
  parallel_for(static_cast<std::int64_t>(blocks.size()), threads, [&](std::int64_t b) {
    const std::int64_t begin = b * voxels_at_once;
    blocks[static_cast<std::size_t>(b)] = kernels::best().shifted_sums(
        x + begin, std::min(voxels_at_once, count - begin), clip.low, clip.high, excluded, shift);
  });
  double n = 0, first = 0, second = 0;
  for (const auto& b : blocks) {
    n += b.count;
    first += b.first;
    second += b.second;
  }
  if (n == 0) return {};
  const double off = first / n;
  return {n, shift + off, std::sqrt(std::max(0.0, second / n - off * off))};
}

}  // namespace

torch::Tensor filled(const torch::Tensor& values) {
  const torch::Tensor finite = values.isfinite();
  if (finite.all().item<bool>()) return values;
  return torch::where(finite, values, values.masked_select(finite).min());
}

torch::Tensor clipped(const torch::Tensor& values, const NormaliseConfig& config) {
  const Clip clip = clip_of(config);
  return values.clamp(clip.low, clip.high);
}

void z_score(torch::Tensor image, const NormaliseConfig& config, const std::string& who,
             int threads, const std::optional<Box>& crop) {
  const Clip clip = clip_of(config);
  for (std::int64_t c = 0; c < image.size(0); ++c) {
    torch::Tensor channel = image[c];
    float* x = channel.data_ptr<float>();
    const std::int64_t count = channel.numel();
    const torch::Tensor part = part_of(channel, crop);
    const Moments m = moments_of(part.const_data_ptr<float>(), part.numel(), clip,
                                 excluded_value(channel, clip, config.region), threads);
    if (m.deviation <= rounding * std::abs(m.mean) || m.deviation < 1e-12) {
      log::warn(
          "{}: channel {} is constant (or has no voxel in prep.normalise.region); it becomes zeros",
          who, c + 1);
      channel.zero_();
      continue;
    }
    parallel_for((count + voxels_at_once - 1) / voxels_at_once, threads, [&](std::int64_t b) {
      const std::int64_t begin = b * voxels_at_once;
      kernels::best().standardise(x + begin, std::min(voxels_at_once, count - begin), clip.low,
                                  clip.high, m.mean, 1 / m.deviation);
    });
  }
}

}  // namespace seg
