#include "prep/kernels.h"

#include <algorithm>
#include <cmath>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SEG_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SEG_CLONES
#endif

namespace seg::kernels {
namespace {

constexpr double pole = -0.26794919243112270647;  // sqrt(3) - 2

// out += weight * row, of max_lanes
SEG_CLONES void add_row(float* __restrict out, const float* __restrict row, float weight) {
  for (int l = 0; l < max_lanes; ++l) out[l] += weight * row[l];
}

SEG_CLONES void combine_four(const float* a, const float* b, const float* c, const float* d,
                             const float* w, float* __restrict out) {
  for (int l = 0; l < max_lanes; ++l)
    out[l] = w[0] * a[l] + w[1] * b[l] + w[2] * c[l] + w[3] * d[l];
}

// In place on c [n, max_lanes]: samples -> coefficients of the cubic B-spline that passes through
// them (Unser 1999), mirrored ends.
SEG_CLONES void prefilter(float* __restrict c, std::int64_t n) {
  if (n == 1) return;
  const auto z = static_cast<float>(pole), gain = 6.0F;
  float start[max_lanes] = {};
  double power = 1;
  for (std::int64_t k = 0; k < std::min<std::int64_t>(2 * n - 2, 40); ++k, power *= pole)
    add_row(start, c + (k < n ? k : 2 * n - 2 - k) * max_lanes, static_cast<float>(power));
  const auto whole = static_cast<float>(gain / (2 * n - 2 <= 40 ? 1 - power : 1));
  for (int l = 0; l < max_lanes; ++l) c[l] = start[l] * whole;
  for (std::int64_t k = 1; k < n; ++k)
    for (int l = 0; l < max_lanes; ++l)
      c[k * max_lanes + l] = gain * c[k * max_lanes + l] + z * c[(k - 1) * max_lanes + l];
  float* last = c + (n - 1) * max_lanes;
  const auto end = static_cast<float>(pole / (pole * pole - 1));
  for (int l = 0; l < max_lanes; ++l) last[l] = end * (z * last[l - max_lanes] + last[l]);
  for (std::int64_t k = n - 2; k >= 0; --k)
    for (int l = 0; l < max_lanes; ++l)
      c[k * max_lanes + l] = z * (c[(k + 1) * max_lanes + l] - c[k * max_lanes + l]);
}

void load(const float* in, const Lines& lines, std::int64_t n, float* lanes) {
  for (std::int64_t k = 0; k < n; ++k)
    for (int l = 0; l < max_lanes; ++l)
      lanes[k * max_lanes + l] =
          l < lines.lanes ? in[k * lines.step_in + l * lines.apart_in] : 0.0F;
}

}  // namespace

SEG_CLONES void linear_rows(const AxisTaps& taps, const float* in, float* out, std::int64_t rows) {
  const std::int32_t* index = taps.index.data();
  const float* weight = taps.weight.data();
  const std::int64_t n = taps.out;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* __restrict row = in + r * taps.in;
    float* __restrict to = out + r * n;
    for (std::int64_t i = 0; i < n; ++i) {
      const float a = row[index[2 * i]], b = row[index[2 * i + 1]];
      to[i] = a + weight[2 * i + 1] * (b - a);
    }
  }
}

SEG_CLONES void linear_columns(const AxisTaps& taps, const float* in, float* out,
                               std::int64_t inner, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = 0; i < taps.out; ++i) {
    const std::size_t t = 2 * static_cast<std::size_t>(i);
    const float* a = in + taps.index[t] * inner;
    const float* b = in + taps.index[t + 1] * inner;
    const float share = taps.weight[t + 1];
    float* __restrict to = out + i * inner;
    for (std::int64_t x = begin; x < end; ++x) to[x] = a[x] + share * (b[x] - a[x]);
  }
}

void bspline_lines(const AxisTaps& taps, const float* in, float* out, const Lines& lines,
                   float* scratch) {
  load(in, lines, taps.in, scratch);
  prefilter(scratch, taps.in);
  float* sum = scratch + taps.in * max_lanes;
  for (std::int64_t i = 0; i < taps.out; ++i) {
    const std::int32_t* k = taps.index.data() + 4 * i;
    combine_four(scratch + k[0] * max_lanes, scratch + k[1] * max_lanes, scratch + k[2] * max_lanes,
                 scratch + k[3] * max_lanes, taps.weight.data() + 4 * i, sum);
    float* to = out + i * lines.step_out;
    for (int l = 0; l < lines.lanes; ++l) to[l * lines.apart_out] = sum[l];
  }
}

SEG_CLONES Sums shifted_sums(const float* x, std::int64_t count, float low, float high,
                             float excluded, double shift) {
  constexpr int lanes = 16;
  double n[lanes] = {}, first[lanes] = {}, second[lanes] = {};
  const auto add = [&](std::int64_t i, int l) {
    const float v = std::min(std::max(x[i], low), high);
    const bool counts = v != excluded;
    const double d = counts ? static_cast<double>(v) - shift : 0.0;
    n[l] += counts ? 1.0 : 0.0;
    first[l] += d;
    second[l] += d * d;
  };
  const std::int64_t whole = count / lanes * lanes;
  for (std::int64_t i = 0; i < whole; i += lanes)
    for (int l = 0; l < lanes; ++l) add(i + l, l);
  for (std::int64_t i = whole; i < count; ++i) add(i, 0);
  Sums sums{0, 0, 0};
  for (int l = 0; l < lanes; ++l)
    sums.count += n[l], sums.first += first[l], sums.second += second[l];
  return sums;
}

SEG_CLONES void standardise(float* x, std::int64_t count, float low, float high, double mean,
                            double scale) {
  for (std::int64_t i = 0; i < count; ++i)
    x[i] = static_cast<float>((static_cast<double>(std::min(std::max(x[i], low), high)) - mean) *
                              scale);
}

}  // namespace seg::kernels
