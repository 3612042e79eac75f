#pragma once
// Surface metrics straight from their definitions: every distance between all pairs.
#include "core/axes.h"
#include "metric/surface.h"
#include "metric/surface_elements.h"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace seg::test {

using Point = std::array<std::int64_t, 3>;

// Voxels of a mask, uint8 [D, H, W], that have one of six neighbours outside it.
inline std::vector<Point> plain_surface(const torch::Tensor& mask) {
  const auto m = mask.accessor<std::uint8_t, 3>();
  const auto in = [&](std::int64_t d, std::int64_t h, std::int64_t w) {
    return d >= 0 && d < mask.size(0) && h >= 0 && h < mask.size(1) && w >= 0 && w < mask.size(2) &&
           m[d][h][w] != 0;
  };
  std::vector<Point> points;
  for (std::int64_t d = 0; d < mask.size(0); ++d)
    for (std::int64_t h = 0; h < mask.size(1); ++h)
      for (std::int64_t w = 0; w < mask.size(2); ++w)
        if (in(d, h, w) && !(in(d - 1, h, w) && in(d + 1, h, w) && in(d, h - 1, w) &&
                             in(d, h + 1, w) && in(d, h, w - 1) && in(d, h, w + 1)))
          points.push_back({d, h, w});
  return points;
}

inline std::vector<double> plain_distances(const std::vector<Point>& from,
                                           const std::vector<Point>& to,
                                           const Dhw<double>& spacing) {
  std::vector<double> distances;
  for (const Point& a : from) {
    double least = INFINITY;
    for (const Point& b : to) {
      double squared = 0;
      for (std::size_t k = 0; k < 3; ++k) {
        const double step = static_cast<double>(a[k] - b[k]) * spacing[k];
        squared += step * step;
      }
      least = std::min(least, squared);
    }
    distances.push_back(std::sqrt(least));
  }
  return distances;
}

inline double plain_percentile95(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const double rank = 0.95 * static_cast<double>(values.size() - 1), below = std::floor(rank);
  const auto at = static_cast<std::size_t>(below);
  const double next = at + 1 < values.size() ? values[at + 1] : values[at];
  return values[at] * (below + 1 - rank) + next * (rank - below);
}

struct PlainElements {
  std::vector<Point> corners;
  std::vector<double> areas;
};

inline PlainElements plain_elements(const torch::Tensor& mask, const Dhw<double>& spacing) {
  const SurfaceElements elements =
      surface_elements(mask.data_ptr<std::uint8_t>(), {mask.size(0), mask.size(1), mask.size(2)});
  const ElementAreas areas = element_areas(spacing);
  PlainElements plain;
  for (std::size_t i = 0; i < elements.corners.size(); ++i) {
    const std::int64_t at = elements.corners[i], row = at / elements.grid[2];
    plain.corners.push_back(
        {row / elements.grid[1], row % elements.grid[1], at % elements.grid[2]});
    plain.areas.push_back(areas[elements.codes[i]]);
  }
  return plain;
}

// Of two masks that have voxels: uint8 [D, H, W], contiguous.
inline SurfaceMetrics plain_surface_metrics(const torch::Tensor& prediction,
                                            const torch::Tensor& truth, const Dhw<double>& spacing,
                                            const std::vector<double>& tolerances) {
  const auto p = plain_surface(prediction), t = plain_surface(truth);
  const auto there = plain_distances(p, t, spacing), back = plain_distances(t, p, spacing);
  SurfaceMetrics m;
  m.hd = std::max(*std::max_element(there.begin(), there.end()),
                  *std::max_element(back.begin(), back.end()));
  m.hd95 = std::max(plain_percentile95(there), plain_percentile95(back));
  double sum = 0;
  for (const double mm : there) sum += mm;
  for (const double mm : back) sum += mm;
  m.assd = sum / static_cast<double>(there.size() + back.size());
  const PlainElements ep = plain_elements(prediction, spacing), et = plain_elements(truth, spacing);
  const auto from_p = plain_distances(ep.corners, et.corners, spacing),
             from_t = plain_distances(et.corners, ep.corners, spacing);
  for (const double tolerance : tolerances) {
    double within = 0, whole = 0;
    for (std::size_t i = 0; i < from_p.size(); ++i) {
      whole += ep.areas[i];
      if (from_p[i] <= tolerance) within += ep.areas[i];
    }
    for (std::size_t i = 0; i < from_t.size(); ++i) {
      whole += et.areas[i];
      if (from_t[i] <= tolerance) within += et.areas[i];
    }
    m.nsd.push_back(within / whole);
  }
  return m;
}

}  // namespace seg::test
