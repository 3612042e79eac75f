#include "metric/panoptic.h"

#include "core/parallel.h"
#include "metric/components.h"
#include "metric/region_masks.h"

#include <limits>
#include <map>
#include <numeric>

namespace seg {
namespace {

struct Instances {
  Components parts;
  std::vector<std::int64_t> voxels;

  explicit Instances(const RunMask& mask) : parts(components(mask)) {
    voxels.resize(static_cast<std::size_t>(parts.count));
    for (std::size_t i = 0; i < mask.runs().size(); ++i)
      voxels[static_cast<std::size_t>(parts.of_run[i])] += mask.runs()[i].voxels();
  }
};

// An instance has one partner at most: two disjoint ones with half of the union each would fill it,
// touch, and so be one component.
PanopticQuality quality_of(const Region& region, const RegionMasks& masks) {
  const Instances p(masks.prediction), t(masks.truth);
  std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t> common;
  each_common(masks.truth, masks.prediction, [&](std::size_t i, std::size_t j, std::int64_t n) {
    common[{t.parts.of_run[i], p.parts.of_run[j]}] += n;
  });
  PanopticQuality quality;
  quality.region = region.name;
  for (const auto& [pair, shared] : common) {
    const std::int64_t united = t.voxels[static_cast<std::size_t>(pair.first)] +
                                p.voxels[static_cast<std::size_t>(pair.second)] - shared;
    if (2 * shared >= united)
      quality.ious.push_back(static_cast<double>(shared) / static_cast<double>(united));
  }
  quality.tp = std::ssize(quality.ious);
  quality.fp = p.parts.count - quality.tp;
  quality.fn = t.parts.count - quality.tp;
  if (p.parts.count + t.parts.count == 0)
    quality.rq = quality.sq = quality.pq = std::numeric_limits<double>::quiet_NaN();
  if (quality.tp == 0) return quality;
  const auto tp = static_cast<double>(quality.tp);
  quality.rq = tp / (tp + static_cast<double>(quality.fp + quality.fn) / 2);
  quality.sq = std::accumulate(quality.ious.begin(), quality.ious.end(), 0.0) / tp;
  quality.pq = quality.rq * quality.sq;
  return quality;
}

}  // namespace

std::vector<PanopticQuality> panoptic_quality(const torch::Tensor& prediction,
                                              const torch::Tensor& truth,
                                              const std::vector<Region>& regions, int threads) {
  std::vector<PanopticQuality> qualities(regions.size());
  parallel_for(std::ssize(regions), threads, [&](std::int64_t i) {
    const auto r = static_cast<std::size_t>(i);
    qualities[r] = quality_of(regions[r], region_masks(prediction, truth, regions[r]));
  });
  return qualities;
}

}  // namespace seg
