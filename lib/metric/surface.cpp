#include "metric/surface.h"

#include "distance/nearest_place.h"
#include "metric/surface_elements.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace seg {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// Rows of a mask, of zeros where they lie outside.
class MaskRows {
 public:
  explicit MaskRows(const BitVolume& mask)
      : mask_(mask), zeros_(static_cast<std::size_t>(mask.words() + 2)) {}

  const std::uint64_t* at(std::int64_t d, std::int64_t h) const {
    const bool inside = d >= 0 && d < mask_.size()[0] && h >= 0 && h < mask_.size()[1];
    return inside ? mask_.row(d, h) : zeros_.data() + 1;
  }

 private:
  const BitVolume& mask_;
  std::vector<std::uint64_t> zeros_;
};

// The four rows of voxels that meet at a row of corners.
std::array<const std::uint64_t*, 4> rows_at_corners(const MaskRows& rows, std::int64_t d,
                                                    std::int64_t h) {
  return {rows.at(d - 1, h - 1), rows.at(d - 1, h), rows.at(d, h - 1), rows.at(d, h)};
}

// Rows begin and end with a word of zeros, so that k - 1 and k + 1 can be read.
std::uint64_t one_before(std::uint64_t word, std::uint64_t previous) {
  return word << 1 | previous >> 63;
}
std::uint64_t one_after(std::uint64_t word, std::uint64_t next) { return word >> 1 | next << 63; }

std::uint8_t code_of(const std::array<const std::uint64_t*, 4>& rows, std::int64_t w) {
  static constexpr std::array<unsigned, 4> turned = {0, 2, 1, 3};
  const std::int64_t word = (w + 63) / 64 - 1;
  const auto shift = static_cast<unsigned>((w + 63) % 64);
  unsigned code = 0;
  for (const std::uint64_t* row : rows) {
    const std::uint64_t voxels = row[word] >> shift | row[word + 1] << 1 << (63 - shift);
    code = code << 2 | turned[voxels & 3];
  }
  return static_cast<std::uint8_t>(code);
}

// Distances from one surface to the other, in the order of the voxels.
std::vector<double> distances_between(const BitVolume& from, const BitVolume& to,
                                      const Dhw<double>& spacing) {
  std::vector<double> distances;
  nearest_places(from, to, spacing, {},
                 [&](auto, auto, auto, double mm) { distances.push_back(mm); });
  return distances;
}

// Interpolated between the two values next to rank 0.95 (n - 1). Leaves the values in disorder.
double percentile95(std::vector<double>& values) {
  const double rank = 0.95 * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(rank);
  const auto at = values.begin() + below;
  std::nth_element(values.begin(), at, values.end());
  if (at + 1 == values.end()) return *at;
  const double next = *std::min_element(at + 1, values.end());
  return *at + (next - *at) * (rank - static_cast<double>(below));
}

struct Areas {
  double whole = 0;
  std::vector<double> within;  // each tolerance
};

// The surface of `mask`, at the corners `from`, and what of it lies near the corners `to`.
Areas areas_near(const BitVolume& mask, const BitVolume& from, const BitVolume& to,
                 const Dhw<double>& spacing, const std::vector<double>& tolerances) {
  const ElementAreas area_of = element_areas(spacing);
  const MaskRows rows(mask);
  Areas areas;
  areas.within.resize(tolerances.size());
  const double reach = *std::max_element(tolerances.begin(), tolerances.end());
  nearest_places(from, to, spacing, {reach},
                 [&](std::int64_t d, std::int64_t h, std::int64_t w, double mm) {
                   const double area = area_of[code_of(rows_at_corners(rows, d, h), w)];
                   areas.whole += area;
                   for (std::size_t k = 0; k < tolerances.size(); ++k)
                     if (mm <= tolerances[k]) areas.within[k] += area;
                 });
  return areas;
}

std::vector<double> nsd_of(const BitVolume& prediction, const BitVolume& truth,
                           const Dhw<double>& spacing, const std::vector<double>& tolerances) {
  if (tolerances.empty()) return {};
  const BitVolume p = surface_corners(prediction), t = surface_corners(truth);
  const Areas of_p = areas_near(prediction, p, t, spacing, tolerances),
              of_t = areas_near(truth, t, p, spacing, tolerances);
  std::vector<double> nsd;
  for (std::size_t k = 0; k < tolerances.size(); ++k)
    nsd.push_back((of_p.within[k] + of_t.within[k]) / (of_p.whole + of_t.whole));
  return nsd;
}

bool none_set(const BitVolume& mask) {
  for (std::int64_t d = 0; d < mask.size()[0]; ++d)
    for (std::int64_t h = 0; h < mask.size()[1]; ++h)
      if (std::any_of(mask.row(d, h), mask.row(d, h) + mask.words(), [](auto b) { return b != 0; }))
        return false;
  return true;
}

}  // namespace

BitVolume surface_voxels(const BitVolume& mask) {
  const MaskRows rows(mask);
  BitVolume surface(mask.size());
  for (std::int64_t d = 0; d < mask.size()[0]; ++d)
    for (std::int64_t h = 0; h < mask.size()[1]; ++h) {
      const std::uint64_t *own = rows.at(d, h), *above = rows.at(d, h - 1),
                          *below = rows.at(d, h + 1), *before = rows.at(d - 1, h),
                          *behind = rows.at(d + 1, h);
      for (std::int64_t k = 0; k < mask.words(); ++k) {
        const std::uint64_t sides = one_before(own[k], own[k - 1]) & one_after(own[k], own[k + 1]);
        surface.row(d, h)[k] = own[k] & ~(sides & above[k] & below[k] & before[k] & behind[k]);
      }
    }
  return surface;
}

BitVolume surface_corners(const BitVolume& mask) {
  const MaskRows rows(mask);
  BitVolume corners({mask.size()[0] + 1, mask.size()[1] + 1, mask.size()[2] + 1});
  for (std::int64_t d = 0; d < corners.size()[0]; ++d)
    for (std::int64_t h = 0; h < corners.size()[1]; ++h) {
      const auto [a, b, c, e] = rows_at_corners(rows, d, h);
      std::uint64_t some_before = 0, all_before = 0;
      for (std::int64_t k = 0; k < corners.words(); ++k) {
        const std::uint64_t some = a[k] | b[k] | c[k] | e[k], all = a[k] & b[k] & c[k] & e[k];
        corners.row(d, h)[k] =
            (some | one_before(some, some_before)) & ~(all & one_before(all, all_before));
        some_before = some;
        all_before = all;
      }
    }
  return corners;
}

SurfaceMetrics surface_metrics(const BitVolume& prediction, const BitVolume& truth,
                               const Dhw<double>& spacing, const std::vector<double>& tolerances) {
  SurfaceMetrics metrics;
  const bool no_prediction = none_set(prediction), no_truth = none_set(truth);
  if (no_prediction && no_truth) {
    metrics.nsd.assign(tolerances.size(), metrics.hd);
    return metrics;
  }
  if (no_prediction || no_truth)
    return {kInfinite, kInfinite, kInfinite, std::vector<double>(tolerances.size(), 0.0)};
  const BitVolume p = surface_voxels(prediction), t = surface_voxels(truth);
  double sum = 0, count = 0;
  metrics.hd = metrics.hd95 = 0;
  for (const auto& [from, to] : {std::pair{&p, &t}, std::pair{&t, &p}}) {
    std::vector<double> distances = distances_between(*from, *to, spacing);
    for (const double mm : distances) sum += mm;
    count += static_cast<double>(distances.size());
    metrics.hd = std::max(metrics.hd, *std::max_element(distances.begin(), distances.end()));
    metrics.hd95 = std::max(metrics.hd95, percentile95(distances));
  }
  metrics.assd = sum / count;
  metrics.nsd = nsd_of(prediction, truth, spacing, tolerances);
  return metrics;
}

}  // namespace seg
