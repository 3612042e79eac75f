#include "metric/region_masks.h"

#include "core/error.h"
#include "core/ignore.h"

namespace seg {
namespace {

using Members = std::array<bool, 256>;

// Runs of the voxels of which `inside` is true.
template <class Inside>
RunMask runs_where(const Dhw<std::int64_t>& size, const Inside& inside) {
  const std::int64_t rows = size[0] * size[1], width = size[2];
  std::vector<Run> runs;
  for (std::int64_t row = 0; row < rows; ++row) {
    bool open = false;
    for (std::int64_t w = 0; w < width; ++w) {
      if (inside(row * width + w) == open) continue;
      if (open)
        runs.back().end = static_cast<std::int32_t>(w);
      else
        runs.push_back({row, static_cast<std::int32_t>(w), static_cast<std::int32_t>(width)});
      open = !open;
    }
  }
  return RunMask(size, std::move(runs));
}

}  // namespace

RegionMasks region_masks(const torch::Tensor& prediction, const torch::Tensor& truth,
                         const Region& region) {
  if (prediction.dim() != 3 || prediction.sizes() != truth.sizes())
    fail("lesions: prediction and truth have different shapes, or not three axes");
  Members members{};
  for (const std::int64_t value : region.classes)
    members.at(static_cast<std::size_t>(value)) = true;
  const torch::Tensor p = prediction.contiguous(), t = truth.contiguous();
  const std::uint8_t *ps = p.data_ptr<std::uint8_t>(), *ts = t.data_ptr<std::uint8_t>();
  const Dhw<std::int64_t> size = {p.size(0), p.size(1), p.size(2)};
  return {runs_where(size, [&](std::int64_t i) { return ts[i] != kIgnore && members[ps[i]]; }),
          runs_where(size, [&](std::int64_t i) { return ts[i] != kIgnore && members[ts[i]]; })};
}

}  // namespace seg
