#pragma once
// The one-dimensional transforms of Winograd's minimal filtering F(m, r), m + r = 9, by Toom and
// Cook's interpolation at the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity. Vectors of 16
// channels; each transform reads all of its line before it writes.

#include "convolution/winograd_kernel.h"

namespace seg {
namespace {

typedef float Lanes __attribute__((vector_size(64), aligned(64)));

constexpr int points = winograd_points, lanes = winograd_lanes;

// power(2, 3) = 8, power(0.5f, 3) = 1/8
constexpr float power(float base, int exponent) {
  return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

// v = B^T d: coefficients of the polynomials that vanish at all points but one.
struct InputTransform {
  static constexpr int from = points, to = points;
  static void apply(const Lanes (&d)[from], Lanes (&v)[to]) {
    v[0] = d[0] - d[6] + 5.25f * (d[4] - d[2]);
    Lanes even = d[2] + d[6] - 4.25f * d[4], odd = d[1] + d[5] - 4.25f * d[3];
    v[1] = even + odd;
    v[2] = even - odd;
    even = d[6] + 0.25f * d[2] - 1.25f * d[4];
    odd = 0.5f * d[1] - 2.5f * d[3] + 2.f * d[5];
    v[3] = even + odd;
    v[4] = even - odd;
    even = d[6] + 4.f * d[2] - 5.f * d[4];
    odd = 2.f * d[1] - 2.5f * d[3] + 0.5f * d[5];
    v[5] = even + odd;
    v[6] = even - odd;
    v[7] = d[7] - d[1] + 5.25f * (d[3] - d[5]);
  }
};

// The values of the polynomial with coefficients y at the points 1, 2 and 1/2 and their negatives:
// even powers + or - odd powers.
template <int n>
void evaluate(const Lanes (&y)[n], float point, Lanes& positive, Lanes& negative) {
  Lanes even = y[0], odd = point * y[1];
#pragma GCC unroll 8
  for (int i = 2; i < n; ++i) (i % 2 == 0 ? even : odd) += power(point, i) * y[i];
  positive = even + odd;
  negative = even - odd;
}

// z = A y, y the n values of a line of the output: the transpose of OutputTransform.
template <int n>
struct OutputGradientTransform {
  static constexpr int from = n, to = points;
  static void apply(const Lanes (&y)[from], Lanes (&z)[to]) {
    z[0] = y[0];
    evaluate(y, 1.f, z[1], z[2]);
    evaluate(y, 2.f, z[3], z[4]);
    evaluate(y, 0.5f, z[5], z[6]);
    z[7] = y[n - 1];
  }
};

// y = A^T t.
template <int n>
struct OutputTransform {
  static constexpr int from = points, to = n;
  static void apply(const Lanes (&t)[from], Lanes (&y)[to]) {
    const Lanes sum[3] = {t[1] + t[2], t[3] + t[4], t[5] + t[6]},
                difference[3] = {t[1] - t[2], t[3] - t[4], t[5] - t[6]};
#pragma GCC unroll 8
    for (int i = 0; i < n; ++i) {
      const Lanes* pair = i % 2 == 0 ? sum : difference;
      y[i] = pair[0] + power(2.f, i) * pair[1] + power(0.5f, i) * pair[2];
    }
    y[0] += t[0];
    y[n - 1] += t[7];
  }
};

// 1 / the product of a point's distances to the others.
constexpr float weight_of_1 = -2.f / 9, weight_of_2 = 1.f / 90, weight_of_half = 32.f / 45;

// u = G g, g the r taps of a line of the filter.
template <int r>
struct FilterTransform {
  static constexpr int from = r, to = points;
  static void apply(const Lanes (&g)[from], Lanes (&u)[to]) {
    OutputGradientTransform<r>::apply(g, u);
    for (int p = 1; p < 3; ++p) u[p] *= weight_of_1;
    for (int p = 3; p < 5; ++p) u[p] *= weight_of_2;
    for (int p = 5; p < 7; ++p) u[p] *= weight_of_half;
  }
};

// g = G^T u.
template <int r>
struct FilterGradientTransform {
  static constexpr int from = points, to = r;
  static void apply(const Lanes (&u)[from], Lanes (&g)[to]) {
    const Lanes weighted[points] = {u[0],
                                    weight_of_1 * u[1],
                                    weight_of_1 * u[2],
                                    weight_of_2 * u[3],
                                    weight_of_2 * u[4],
                                    weight_of_half * u[5],
                                    weight_of_half * u[6],
                                    u[7]};
    OutputTransform<r>::apply(weighted, g);
  }
};

// One transform along W, then H, then D of a cube in the first cache. load(d, h, w) gives the
// from^3 values, store(d, h, w, value) takes the to^3.
template <class T, class Load, class Store>
void transform_cube(const Load& load, const Store& store) {
  constexpr int n = T::from, m = T::to;
  Lanes cube[n][n > m ? n : m][m];
  for (int d = 0; d < n; ++d)
    for (int h = 0; h < n; ++h) {
      Lanes line[n], out[m];
#pragma GCC unroll 8
      for (int w = 0; w < n; ++w) line[w] = load(d, h, w);
      T::apply(line, out);
#pragma GCC unroll 8
      for (int w = 0; w < m; ++w) cube[d][h][w] = out[w];
    }
  for (int d = 0; d < n; ++d)
    for (int w = 0; w < m; ++w) {
      Lanes line[n], out[m];
#pragma GCC unroll 8
      for (int h = 0; h < n; ++h) line[h] = cube[d][h][w];
      T::apply(line, out);
#pragma GCC unroll 8
      for (int h = 0; h < m; ++h) cube[d][h][w] = out[h];
    }
  for (int h = 0; h < m; ++h)
    for (int w = 0; w < m; ++w) {
      Lanes line[n], out[m];
#pragma GCC unroll 8
      for (int d = 0; d < n; ++d) line[d] = cube[d][h][w];
      T::apply(line, out);
#pragma GCC unroll 8
      for (int d = 0; d < m; ++d) store(d, h, w, out[d]);
    }
}

}  // namespace
}  // namespace seg
