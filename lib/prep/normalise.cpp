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

void z_score(torch::Tensor image, const NormaliseConfig& config, const std::string& who,
             int threads) {
  Clip clip;
  if (!config.clip.empty())
    clip = {static_cast<float>(config.clip[0]), static_cast<float>(config.clip[1])};
  for (std::int64_t c = 0; c < image.size(0); ++c) {
    torch::Tensor channel = image[c];
    float* x = channel.data_ptr<float>();
    const std::int64_t count = channel.numel();
    const Moments m =
        moments_of(x, count, clip, excluded_value(channel, clip, config.region), threads);
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
