#include "metric/lesion_surface.h"

#include <algorithm>

namespace seg {
namespace {

// Some runs as a dense mask in their bounding box, with a voxel more on all sides.
struct PaddedBox {
  Dhw<std::int64_t> start{}, size{};  // of the box in the volume
  std::vector<std::uint8_t> mask;

  std::int64_t index(std::int64_t d, std::int64_t h, std::int64_t w) const {
    return ((d - start[0]) * size[1] + h - start[1]) * size[2] + w - start[2];
  }
  GridPoint place(std::int64_t i, const Dhw<std::int64_t>& extent) const {
    return {static_cast<std::int32_t>(start[0] + i / (extent[1] * extent[2])),
            static_cast<std::int32_t>(start[1] + i / extent[2] % extent[1]),
            static_cast<std::int32_t>(start[2] + i % extent[2])};
  }
};

PaddedBox padded_box_of(const std::vector<Run>& runs, std::int64_t rows) {
  PaddedBox box;
  if (runs.empty()) return box;
  Dhw<std::int64_t> low = {runs[0].row / rows, runs[0].row % rows, runs[0].begin}, high = low;
  for (const Run& run : runs) {
    const std::int64_t d = run.row / rows, h = run.row % rows;
    low = {std::min(low[0], d), std::min(low[1], h), std::min<std::int64_t>(low[2], run.begin)};
    high = {std::max(high[0], d), std::max(high[1], h), std::max<std::int64_t>(high[2], run.end)};
  }
  box.start = {low[0] - 1, low[1] - 1, low[2] - 1};
  box.size = {high[0] - low[0] + 3, high[1] - low[1] + 3, high[2] - low[2] + 2};
  box.mask.resize(static_cast<std::size_t>(box.size[0] * box.size[1] * box.size[2]));
  for (const Run& run : runs) {
    const std::int64_t begin = box.index(run.row / rows, run.row % rows, run.begin);
    std::fill_n(box.mask.begin() + begin, run.voxels(), std::uint8_t{1});
  }
  return box;
}

std::vector<GridPoint> border_voxels_of(const PaddedBox& box, const std::vector<Run>& runs,
                                        std::int64_t rows) {
  const std::int64_t along[] = {1, box.size[2], box.size[1] * box.size[2]};
  const std::uint8_t* mask = box.mask.data();
  std::vector<GridPoint> border;
  for (const Run& run : runs) {
    const std::int64_t begin = box.index(run.row / rows, run.row % rows, run.begin);
    for (std::int64_t i = begin; i < begin + run.voxels(); ++i)
      if (std::any_of(std::begin(along), std::end(along), [&](std::int64_t step) {
            return mask[i - step] == 0 || mask[i + step] == 0;
          }))
        border.push_back(box.place(i, box.size));
  }
  return border;
}

}  // namespace

LesionSurface::LesionSurface(const std::vector<Run>& runs, std::int64_t rows,
                             const Dhw<double>& spacing, bool with_border) {
  const PaddedBox box = padded_box_of(runs, rows);
  const ElementAreas area_of_code = element_areas(spacing);
  const SurfaceElements found = surface_elements(box.mask.data(), box.size);
  std::vector<GridPoint> corners;
  std::vector<double> areas;
  for (std::size_t i = 0; i < found.corners.size(); ++i) {
    corners.push_back(box.place(found.corners[i], found.grid));
    areas.push_back(area_of_code[found.codes[i]]);
  }
  elements = PointSet(corners, areas, spacing);
  if (with_border) border = PointSet(border_voxels_of(box, runs, rows), {}, spacing);
}

double hd95_by_area(const LesionSurface& a, const LesionSurface& b) {
  return std::max(a.elements.quantile_of_distances(b.elements, 0.95),
                  b.elements.quantile_of_distances(a.elements, 0.95));
}

double nsd_of_borders(const LesionSurface& a, const LesionSurface& b, double tolerance) {
  const double in_a = a.border.weight_within(b.border, tolerance) / a.border.weight();
  const double in_b = b.border.weight_within(a.border, tolerance) / b.border.weight();
  return (in_a + in_b) / 2;
}

}  // namespace seg
