#pragma once
// The inner loops of prep on plain arrays, compiled for each instruction set. No Torch, no threads.
#include "core/processor.h"
#include "prep/axis.h"

namespace seg::kernels {

// Lines side by side; voxel k of line l is in[k * step + l * apart], and likewise in out.
inline constexpr int max_lanes = 32;
struct Lines {
  int lanes;
  std::int64_t step_in, apart_in, step_out, apart_out;
};
inline std::int64_t bspline_scratch(const AxisTaps& taps) { return (taps.in + 1) * max_lanes; }

struct Sums {
  double count, first, second;
};

struct Set {
  // Linear along the last axis: in [rows, taps.in] -> out [rows, taps.out].
  void (*linear_rows)(const AxisTaps& taps, const float* in, float* out, std::int64_t rows);
  // Linear along another axis: columns begin .. end of in [taps.in, inner] -> out [taps.out,
  // inner].
  void (*linear_columns)(const AxisTaps& taps, const float* in, float* out, std::int64_t inner,
                         std::int64_t begin, std::int64_t end);
  // Prefilters and evaluates `lanes` lines. scratch: bspline_scratch(taps) floats.
  void (*bspline_lines)(const AxisTaps& taps, const float* in, float* out, const Lines& lines,
                        float* scratch);
  // Sums of (x - shift) and its square over the voxels that are not `excluded` (NaN: none is),
  // clamped to [low, high] before.
  Sums (*shifted_sums)(const float* x, std::int64_t count, float low, float high, float excluded,
                       double shift);
  // x = (clamp(x) - mean) * scale
  void (*standardise)(float* x, std::int64_t count, float low, float high, double mean,
                      double scale);
};

SEG_EACH_SET(Set set())

// Those that may run here, slowest first, and the fastest of them.
const std::vector<NamedKernels<Set>>& all_sets();
const Set& best();

}  // namespace seg::kernels
