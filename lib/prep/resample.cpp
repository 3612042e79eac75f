#include "prep/resample.h"

#include <torch/torch.h>

#include <cmath>

namespace seg {
namespace {

// Continuous input index of each output voxel along axis a (0 = x), for `grid` centred on `from` as resampled_grid makes it. float64 [n].
torch::Tensor positions(const Geometry& from, const Geometry& grid, int a) {
  const double first =
      (static_cast<double>(from.size[a] - 1) * from.spacing[a] - static_cast<double>(grid.size[a] - 1) * grid.spacing[a]) / 2;
  return (torch::arange(grid.size[a], torch::kFloat64) * grid.spacing[a] + first) / from.spacing[a];
}

bool same_axis(const Geometry& from, const Geometry& grid, int a) {
  return from.size[a] == grid.size[a] && from.spacing[a] == grid.spacing[a];
}

torch::Tensor clamped(const torch::Tensor& index, std::int64_t size) { return index.to(torch::kInt64).clamp(0, size - 1); }

}  // namespace

Geometry resampled_grid(const Geometry& from, const std::array<double, 3>& spacing) {
  Geometry grid = from;
  for (int a = 0; a < 3; ++a) {
    const double extent = static_cast<double>(from.size[a]) * from.spacing[a];
    grid.size[a] = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(extent / spacing[a] + 0.5 + 1e-3)));
    grid.spacing[a] = spacing[a];
    const double first = (static_cast<double>(from.size[a] - 1) * from.spacing[a] - static_cast<double>(grid.size[a] - 1) * spacing[a]) / 2;
    for (int r = 0; r < 3; ++r) grid.origin[r] += first * from.direction[r * 3 + a];
  }
  return grid;
}

torch::Tensor resample_linear(const torch::Tensor& image, const Geometry& from, const Geometry& grid) {
  torch::Tensor out = image;
  for (int a = 0; a < 3; ++a) {
    if (same_axis(from, grid, a)) continue;
    const std::int64_t dimension = out.dim() - 1 - a, size = out.size(dimension);
    const torch::Tensor x = positions(from, grid, a).clamp(0, static_cast<double>(size - 1)), below = x.floor();
    std::vector<std::int64_t> shape(static_cast<std::size_t>(out.dim()), 1);
    shape[static_cast<std::size_t>(dimension)] = grid.size[a];
    const torch::Tensor share = (x - below).to(torch::kFloat32).view(shape);
    const torch::Tensor low = out.index_select(dimension, clamped(below, size));
    out = low.lerp_(out.index_select(dimension, clamped(below + 1, size)), share);
  }
  return out;
}

torch::Tensor resample_nearest(const torch::Tensor& label, const Geometry& from, const Geometry& grid) {
  torch::Tensor out = label;
  for (int a = 0; a < 3; ++a) {
    if (same_axis(from, grid, a)) continue;
    const std::int64_t dimension = out.dim() - 1 - a;
    out = out.index_select(dimension, clamped((positions(from, grid, a) + (0.5 + 1e-6)).floor(), out.size(dimension)));
  }
  return out;
}

}  // namespace seg
