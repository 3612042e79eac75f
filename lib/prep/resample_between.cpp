#include "prep/resample_between.h"

#include "core/ignore.h"
#include "core/parallel.h"
#include "prep/axis.h"
#include "prep/onehot.h"
#include "prep/resample.h"

#include <fmt/format.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

using Point = Xyz<double>;  // x, y, z

// Index in `to` -> continuous index in `from`.
class Mapping {
 public:
  Mapping(const Geometry& from, const Geometry& to) : size_(from.size) {
    for (int a = 0; a < 3; ++a)
      for (int r = 0; r < 3; ++r) {
        const double along = from.direction[r * 3 + a] / from.spacing[a];
        start_[a] += (to.origin[r] - from.origin[r]) * along;
        for (int b = 0; b < 3; ++b) step_[b][a] += to.direction[r * 3 + b] * to.spacing[b] * along;
      }
  }
  Point operator()(double x, double y, double z) const {
    Point p = start_;
    for (int a = 0; a < 3; ++a) p[a] += x * step_[0][a] + y * step_[1][a] + z * step_[2][a];
    return p;
  }
  bool outside(const Point& p) const {
    for (int a = 0; a < 3; ++a)
      if (p[a] < -0.5 - 1e-6 || p[a] > static_cast<double>(size_[a]) - 0.5 + 1e-6) return true;
    return false;
  }

 private:
  Xyz<std::int64_t> size_;
  Point start_ = {};
  std::array<Point, 3> step_ = {};
};

// value(p) for every voxel of `to`, `fill` outside.
template <class T, class Value>
torch::Tensor over_grid(const Geometry& from, const Geometry& to, T fill, int threads,
                        const Value& value) {
  const Mapping mapping(from, to);
  torch::Tensor out =
      torch::empty({to.size[2], to.size[1], to.size[0]}, c10::CppTypeToScalarType<T>::value);
  T* voxels = out.data_ptr<T>();
  parallel_for(to.size[2], threads, [&](std::int64_t z) {
    T* at = voxels + z * to.size[1] * to.size[0];
    for (std::int64_t y = 0; y < to.size[1]; ++y)
      for (std::int64_t x = 0; x < to.size[0]; ++x) {
        const Point p =
            mapping(static_cast<double>(x), static_cast<double>(y), static_cast<double>(z));
        *at++ = mapping.outside(p) ? fill : value(p);
      }
  });
  return out;
}

float interpolate(const float* in, const Geometry& from, const Point& p, bool bspline) {
  const auto taps_at = bspline ? bspline_taps_at : linear_taps_at;
  const std::array<PointTaps, 3> t = {taps_at(p[0], from.size[0]), taps_at(p[1], from.size[1]),
                                      taps_at(p[2], from.size[2])};
  double sum = 0;
  for (int k = 0; k < t[2].taps; ++k)
    for (int j = 0; j < t[1].taps; ++j) {
      const float* row = in + (t[2].index[k] * from.size[1] + t[1].index[j]) * from.size[0];
      for (int i = 0; i < t[0].taps; ++i)
        sum += static_cast<double>(t[2].weight[k]) * t[1].weight[j] * t[0].weight[i] *
               row[t[0].index[i]];
    }
  return static_cast<float>(sum);
}

std::uint8_t nearest_label(const std::uint8_t* in, const Geometry& from, const Point& p) {
  Xyz<std::int64_t> at;
  for (int a = 0; a < 3; ++a) at[a] = nearest_index(p[a], from.size[a]);
  return in[(at[2] * from.size[1] + at[1]) * from.size[0] + at[0]];
}

std::uint8_t onehot_label(const std::uint8_t* in, const Geometry& from, const Point& p) {
  const PointTaps x = linear_taps_at(p[0], from.size[0]), y = linear_taps_at(p[1], from.size[1]),
                  z = linear_taps_at(p[2], from.size[2]);
  std::array<std::uint8_t, 8> corner;
  std::array<float, 8> weight;
  for (int k = 0; k < 8; ++k) {
    corner[k] =
        in[(z.index[k / 4] * from.size[1] + y.index[k / 2 % 2]) * from.size[0] + x.index[k % 2]];
    weight[k] = z.weight[k / 4] * y.weight[k / 2 % 2] * x.weight[k % 2];
  }
  return heaviest_label(corner, weight, nearest_label(in, from, p));
}

// How much of `inner` lies inside `outer`.
double share_inside(const Geometry& inner, const Geometry& outer) {
  constexpr int points = 16;  // along an axis
  const Mapping mapping(outer, inner);
  int inside = 0;
  for (int i = 0; i < points * points * points; ++i) {
    const auto at = [&](int axis, int k) {
      return (k + 0.5) / points * static_cast<double>(inner.size[axis]) - 0.5;
    };
    inside += !mapping.outside(
        mapping(at(0, i % points), at(1, i / points % points), at(2, i / points / points)));
  }
  return static_cast<double>(inside) / (points * points * points);
}

}  // namespace

double overlap(const Geometry& a, const Geometry& b) {
  return std::max(share_inside(a, b), share_inside(b, a));
}

std::string apart_text(double overlap) {
  return fmt::format(
      "lies elsewhere than the first channel ({:.0f} % of the smaller is inside the other)",
      100 * overlap);
}

torch::Tensor resample_image_between(const torch::Tensor& image, const Geometry& from,
                                     const Geometry& to, Interpolation interpolation, int threads) {
  const bool bspline = interpolation == Interpolation::bspline;
  const torch::Tensor whole = bspline ? bspline_coefficients(image, threads) : image.contiguous();
  const auto* in = whole.const_data_ptr<float>();
  return over_grid(from, to, image.min().item<float>(), threads,
                   [&](const Point& p) { return interpolate(in, from, p, bspline); })
      .unsqueeze(0);
}

torch::Tensor resample_label_between(const torch::Tensor& label, const Geometry& from,
                                     const Geometry& to, LabelInterpolation interpolation,
                                     int threads) {
  const torch::Tensor whole = label.contiguous();
  const auto* in = whole.const_data_ptr<std::uint8_t>();
  const auto value =
      interpolation == LabelInterpolation::linear_onehot ? onehot_label : nearest_label;
  return over_grid(from, to, kIgnore, threads, [&](const Point& p) { return value(in, from, p); });
}

}  // namespace seg
