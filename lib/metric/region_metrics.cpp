#include "metric/region_metrics.h"

#include "core/error.h"
#include "core/parallel.h"
#include "metric/region_mask.h"
#include "metric/surface.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace seg {
namespace {

void check(const Dhw<double>& spacing, const std::vector<double>& tolerances) {
  for (const double mm : spacing)
    if (!(mm > 0) || !std::isfinite(mm))
      fail_data("a spacing of {} mm: surface distances need one above 0", mm);
  for (const double mm : tolerances)
    if (!(mm >= 0) || !std::isfinite(mm))
      fail_config("a tolerance of {} mm: a surface Dice needs one of at least 0", mm);
}

std::vector<VoxelBox> boxes_of(const LabelMaps& maps, const std::vector<Region>& regions) {
  const LabelBoxes of_label = label_boxes(maps);
  std::vector<VoxelBox> boxes(regions.size());
  for (std::size_t k = 0; k < regions.size(); ++k)
    for (const std::int64_t c : regions[k].classes)
      boxes[k].include(of_label[static_cast<std::size_t>(c)]);
  return boxes;
}

// The largest first, so that no thread is left alone with it at the end.
std::vector<std::size_t> by_size(const std::vector<VoxelBox>& boxes) {
  std::vector<std::size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto voxels = [&](std::size_t k) {
    const Dhw<std::int64_t> size = boxes[k].size();
    return size[0] * size[1] * size[2];
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return voxels(a) > voxels(b); });
  return order;
}

void measure_surfaces(const LabelMaps& maps, const VoxelBox& box, const Region& region,
                      const Dhw<double>& spacing, const std::vector<double>& tolerances,
                      RegionMetrics& metrics) {
  const SurfaceMetrics surface =
      surface_metrics(region_mask(maps, Side::prediction, box, region.classes),
                      region_mask(maps, Side::truth, box, region.classes), spacing, tolerances);
  metrics.hd = surface.hd;
  metrics.hd95 = surface.hd95;
  metrics.assd = surface.assd;
  metrics.nsd = surface.nsd;
  metrics.surfaces = true;
}

}  // namespace

std::vector<RegionMetrics> region_metrics(const torch::Tensor& prediction,
                                          const torch::Tensor& truth,
                                          const std::vector<Region>& regions,
                                          const Dhw<double>& spacing,
                                          const std::vector<double>& tolerances) {
  check(spacing, tolerances);
  const std::vector<DiceCounts> counts = dice_counts(prediction, truth, regions);
  const torch::Tensor p = prediction.contiguous(), t = truth.contiguous();
  const LabelMaps maps = {p.const_data_ptr<std::uint8_t>(),
                          t.const_data_ptr<std::uint8_t>(),
                          {p.size(0), p.size(1), p.size(2)}};
  const std::vector<VoxelBox> boxes = boxes_of(maps, regions);
  const std::vector<std::size_t> order = by_size(boxes);
  std::vector<RegionMetrics> metrics(regions.size());
  parallel_for(static_cast<std::int64_t>(regions.size()), at::get_num_threads(),
               [&](std::int64_t i) {
                 const std::size_t k = order[static_cast<std::size_t>(i)];
                 metrics[k].counts = counts[k];
                 measure_surfaces(maps, boxes[k], regions[k], spacing, tolerances, metrics[k]);
               });
  return metrics;
}

}  // namespace seg
