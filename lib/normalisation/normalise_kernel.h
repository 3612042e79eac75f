#pragma once
// The kernels of normalisation in training on a CPU, one part of a volume at a time: plain C++, no
// Torch. Arithmetic in float32; sums of some rows in float32, of these in float64.
#include "core/processor.h"
#include "normalisation/activation.h"

#include <cstdint>

namespace seg {

// A period of channels is a multiple of it, so that every vector begins at the same channels in
// each period.
constexpr std::int64_t norm_lanes = 16;

// `values` values that lie one after another, the first of them of channel 0 of a period of `width`
// channels. x and dy are read, y and dx written, each where a pass says so; bfloat16 or float32.
struct NormPart {
  const void *x = nullptr, *dy = nullptr;
  void *y = nullptr, *dx = nullptr;
  bool bfloat16 = false;
  std::int64_t values = 0, width = 0;
};

// With r = max(x + bias, floor), floor 0 or, for r = x + bias, NaN:
// y = after(u), u = (r - mean) * factor + shift; dx = (g - mean_slope - (r - mean) * tilt) *
// factor, 0 where r <= floor, with g = dy * after'(u). Arrays of [width].
struct NormNumbers {
  const float *bias = nullptr, *mean = nullptr, *factor = nullptr, *shift = nullptr;
  const float *mean_slope = nullptr, *tilt = nullptr;  // of dx alone
  float floor = 0;
  Activation after = Activation::none;
};

// Sums are added to.
struct NormKernels {
  // [2, width]: of r and of its squares.
  void (*measure)(const NormPart& part, const NormNumbers& n, double* sums);
  // y from x.
  void (*apply)(const NormPart& part, const NormNumbers& n);
  // [2, width]: of g and of g * (r - mean), from x and dy.
  void (*slopes)(const NormPart& part, const NormNumbers& n, double* sums);
  // dx from x and dy; [width]: the sums of dx, unless null.
  void (*gradient)(const NormPart& part, const NormNumbers& n, double* sums);
};

SEG_EACH_SET(NormKernels norm_kernels())

// The sets that may run here, slowest first.
const std::vector<NamedKernels<NormKernels>>& all_norm_kernels();

}  // namespace seg
