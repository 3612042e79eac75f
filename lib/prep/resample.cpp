#include "prep/resample.h"

#include "core/parallel.h"
#include "image/plausible.h"
#include "image/volume_fault.h"
#include "prep/kernels.h"
#include "prep/onehot.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

constexpr std::int64_t
    rows_at_once = 64,
    columns_at_once = 4096;  // a task of 16 to 128 KiB: half a megabyte of cache holds in and out

bool same_axis(const Geometry& from, const Geometry& grid, int a) {
  const auto positions = axis_positions(from, grid, a);
  return from.size[a] == grid.size[a] && std::abs(positions.front()) < 1e-6 &&
         std::abs(positions.back() - static_cast<double>(grid.size[a] - 1)) < 1e-6;
}

void linear_axis(const AxisTaps& taps, const float* in, float* out, std::int64_t outer,
                 std::int64_t inner, int threads) {
  if (inner == 1) {
    parallel_for((outer + rows_at_once - 1) / rows_at_once, threads, [&](std::int64_t task) {
      const std::int64_t row = task * rows_at_once;
      kernels::best().linear_rows(taps, in + row * taps.in, out + row * taps.out,
                                  std::min(rows_at_once, outer - row));
    });
    return;
  }
  const std::int64_t pieces = (inner + columns_at_once - 1) / columns_at_once;
  parallel_for(outer * pieces, threads, [&](std::int64_t task) {
    const std::int64_t o = task / pieces, begin = task % pieces * columns_at_once;
    kernels::best().linear_columns(taps, in + o * taps.in * inner, out + o * taps.out * inner,
                                   inner, begin, std::min(inner, begin + columns_at_once));
  });
}

// Lines of the last axis lie one after the other, those of another axis side by side.
void bspline_axis(const AxisTaps& taps, const float* in, float* out, std::int64_t outer,
                  std::int64_t inner, int threads) {
  const std::int64_t lines = inner == 1 ? outer : inner,
                     pieces = (lines + kernels::max_lanes - 1) / kernels::max_lanes;
  parallel_for(inner == 1 ? pieces : outer * pieces, threads, [&](std::int64_t task) {
    const std::int64_t line = task % pieces * kernels::max_lanes, o = task / pieces;
    const int lanes = static_cast<int>(std::min<std::int64_t>(kernels::max_lanes, lines - line));
    thread_local std::vector<float> scratch;
    scratch.resize(static_cast<std::size_t>(kernels::bspline_scratch(taps)));
    if (inner == 1)
      kernels::best().bspline_lines(taps, in + line * taps.in, out + line * taps.out,
                                    {lanes, 1, taps.in, 1, taps.out}, scratch.data());
    else
      kernels::best().bspline_lines(taps, in + o * taps.in * inner + line,
                                    out + o * taps.out * inner + line, {lanes, inner, 1, inner, 1},
                                    scratch.data());
  });
}

torch::Tensor resample_axis(const torch::Tensor& image, const AxisTaps& taps, int axis,
                            int threads) {
  std::vector<std::int64_t> shape = image.sizes().vec();
  const std::size_t d = shape.size() - 1 - static_cast<std::size_t>(axis);
  std::int64_t outer = 1, inner = 1;
  for (std::size_t k = 0; k < shape.size(); ++k) (k < d ? outer : inner) *= k == d ? 1 : shape[k];
  shape[d] = taps.out;
  torch::Tensor out = torch::empty(shape);
  (taps.taps == 2 ? linear_axis : bspline_axis)(taps, image.const_data_ptr<float>(),
                                                out.data_ptr<float>(), outer, inner, threads);
  return out;
}

torch::Tensor nearest(const torch::Tensor& label, const Geometry& from, const Geometry& grid,
                      int threads) {
  std::array<std::vector<std::int32_t>, 3> at;
  for (int a = 0; a < 3; ++a) at[a] = nearest_indices(axis_positions(from, grid, a), from.size[a]);
  torch::Tensor out = torch::empty({grid.size[2], grid.size[1], grid.size[0]}, torch::kUInt8);
  const std::uint8_t* in = label.const_data_ptr<std::uint8_t>();
  std::uint8_t* to = out.data_ptr<std::uint8_t>();
  parallel_for(grid.size[2], threads, [&](std::int64_t z) {
    for (std::int64_t y = 0; y < grid.size[1]; ++y) {
      const std::uint8_t* row = in + (at[2][z] * from.size[1] + at[1][y]) * from.size[0];
      std::uint8_t* line = to + (z * grid.size[1] + y) * grid.size[0];
      for (std::int64_t x = 0; x < grid.size[0]; ++x) line[x] = row[at[0][x]];
    }
  });
  return out;
}

}  // namespace

Geometry resampled_grid(const Geometry& from, const Dhw<double>& spacing_dhw) {
  const Xyz<double> spacing = to_xyz(spacing_dhw);
  Geometry grid = from;
  double voxels = 1;
  for (int a = 0; a < 3; ++a) {
    const double extent = static_cast<double>(from.size[a]) * from.spacing[a],
                 size = std::max(1.0, std::floor(extent / spacing[a] + 0.5 + 1e-3));
    voxels *= size;
    if (!(voxels <= most_voxels))
      fail_volume(VolumeFault::too_large,
                  "is {:.6g} mm long along {}, which makes more than {} voxels of {} x {} x {} mm; "
                  "correct its voxel size, or set a larger prep.spacing",
                  extent, "xyz"[a], most_voxels, spacing[0], spacing[1], spacing[2]);
    grid.size[a] = static_cast<std::int64_t>(size);
    grid.spacing[a] = spacing[a];
    const double first = (static_cast<double>(from.size[a] - 1) * from.spacing[a] -
                          static_cast<double>(grid.size[a] - 1) * spacing[a]) /
                         2;
    for (int r = 0; r < 3; ++r) grid.origin[r] += first * from.direction[r * 3 + a];
  }
  return grid;
}

torch::Tensor resample_image(torch::Tensor image, const Geometry& from, const Geometry& grid,
                             Interpolation interpolation, int threads) {
  std::array<int, 3> axes = {
      0, 1, 2};  // those that shrink the volume most come first: fewer voxels for the rest
  const auto growth = [&](int a) {
    return static_cast<double>(grid.size[a]) / static_cast<double>(from.size[a]);
  };
  std::stable_sort(axes.begin(), axes.end(), [&](int a, int b) { return growth(a) < growth(b); });
  image = image.contiguous();
  for (const int a : axes) {
    if (same_axis(from, grid, a)) continue;
    const auto positions = axis_positions(from, grid, a);
    image = resample_axis(image,
                          interpolation == Interpolation::bspline
                              ? bspline_taps(positions, from.size[a])
                              : linear_taps(positions, from.size[a]),
                          a, threads);
  }
  return image;
}

torch::Tensor bspline_coefficients(const torch::Tensor& image, int threads) {
  torch::Tensor out = image.contiguous();
  for (int a = 0; a < 3; ++a) {
    const std::int64_t n = out.size(out.dim() - 1 - a);
    AxisTaps alone{n, n, 4, {}, {}};  // voxel i is coefficient i
    for (std::int32_t i = 0; i < n; ++i) {
      alone.index.insert(alone.index.end(), {i, i, i, i});
      alone.weight.insert(alone.weight.end(), {1, 0, 0, 0});
    }
    out = resample_axis(out, alone, a, threads);
  }
  return out;
}

torch::Tensor resample_label(const torch::Tensor& label, const Geometry& from, const Geometry& grid,
                             LabelInterpolation interpolation, int threads) {
  if (same_axis(from, grid, 0) && same_axis(from, grid, 1) && same_axis(from, grid, 2))
    return label.contiguous();
  return (interpolation == LabelInterpolation::linear_onehot ? resample_onehot : nearest)(
      label.contiguous(), from, grid, threads);
}

}  // namespace seg
