#include "normalisation/normalise_passes.h"

#include "normalisation/normalise_cut.h"

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

// Both [groups, channels].
struct SlopeMeans {
  std::vector<float> slope, tilt;
};

// The means that dx needs, and the derivatives of scale and shift (batch normalisation: 1 group).
SlopeMeans slope_means(const NormLayout& layout, const std::vector<double>& sums,
                       const NormFormula& f, const NormGradients& d) {
  const std::size_t numbers = sums.size() / 2;
  const auto count = static_cast<double>(layout.count());
  SlopeMeans means{std::vector<float>(numbers), std::vector<float>(numbers)};
  for (std::size_t i = 0; i < numbers; ++i) {
    const double slopes = sums[i], moment = sums[numbers + i], inverse = f.inverse[i];
    means.slope[i] = static_cast<float>(slopes / count);
    means.tilt[i] = static_cast<float>(moment / count * inverse * inverse);
    if (d.shift) d.shift[i] = static_cast<float>(slopes);
    if (d.scale) d.scale[i] = static_cast<float>(moment * inverse);
  }
  return means;
}

// [2, groups, channels]: the sums of r = relu or not (x + bias) and of its squares.
std::vector<double> measured(const NormLayout& layout, const void* x, const NormFormula& f,
                             const NormKernels& kernels) {
  const NormCut cut(layout);
  const NormTables tables(cut, {.bias = f.bias, .relu_first = f.relu_first});
  return cut.sums(2, [&](std::int64_t part, double* to) {
    kernels.measure(cut.part(part, {.x = x}), tables.of_plane(cut.plane_of(part)), to);
  });
}

}  // namespace

const std::vector<NamedKernels<NormKernels>>& all_norm_kernels() {
  static const auto sets =
      runnable(portable::norm_kernels(), avx2::norm_kernels(), avx512::norm_kernels());
  return sets;
}

void norm_cpu_measure(const NormLayout& layout, const void* x, const NormFormula& f, double eps,
                      const NormRunning& running, const NormKernels& kernels) {
  const std::vector<double> sums = measured(layout, x, f, kernels);
  const std::size_t numbers = sums.size() / 2;
  const auto count = static_cast<double>(layout.count());
  for (std::size_t i = 0; i < numbers; ++i) {
    const double mean = sums[i] / count, raw = sums[numbers + i] / count - mean * mean;
    const double variance = raw < 0 ? 0 : raw;  // NaN stays
    f.mean[i] = static_cast<float>(mean);
    f.inverse[i] = static_cast<float>(1 / std::sqrt(variance + eps));
    if (!running.mean) continue;
    const double m = running.momentum, unbiased = variance * count / (count - 1);
    running.mean[i] = static_cast<float>((1 - m) * running.mean[i] + m * mean);
    running.variance[i] = static_cast<float>((1 - m) * running.variance[i] + m * unbiased);
  }
}

void norm_cpu_sums(const NormLayout& layout, const void* x, float* sums,
                   const NormKernels& kernels) {
  const std::vector<double> all = measured(layout, x, {}, kernels);
  std::copy_n(all.begin(), layout.channels, sums);
}

void norm_cpu_apply(const NormLayout& layout, const void* x, const NormFormula& f, void* y,
                    const NormKernels& kernels) {
  const NormCut cut(layout);
  const NormTables tables(cut, f);
  cut.each_part([&](std::int64_t part) {
    kernels.apply(cut.part(part, {.x = x, .y = y}), tables.of_plane(cut.plane_of(part)));
  });
}

void norm_cpu_backward(const NormLayout& layout, const void* x, const void* dy,
                       const NormFormula& f, const NormGradients& d, const NormKernels& kernels) {
  const NormCut cut(layout);
  const NormTables forward(cut, f);
  const std::vector<double> sums = cut.sums(2, [&](std::int64_t part, double* to) {
    kernels.slopes(cut.part(part, {.x = x, .dy = dy}), forward.of_plane(cut.plane_of(part)), to);
  });
  const SlopeMeans means = slope_means(layout, sums, f, d);
  const NormTables tables(cut, f, means.slope.data(), means.tilt.data());
  const auto gradient = [&](std::int64_t part, double* to) {
    kernels.gradient(cut.part(part, {.x = x, .dy = dy, .dx = d.x}),
                     tables.of_plane(cut.plane_of(part)), to);
  };
  if (!d.bias) {
    cut.each_part([&](std::int64_t part) { gradient(part, nullptr); });
    return;
  }
  const std::vector<double> of_bias = cut.sums(1, gradient);
  for (std::int64_t c = 0; c < layout.channels; ++c) {
    double sum = 0;
    for (std::int64_t i = c; i < static_cast<std::int64_t>(of_bias.size()); i += layout.channels)
      sum += of_bias[static_cast<std::size_t>(i)];
    d.bias[c] = static_cast<float>(sum);
  }
}

}  // namespace seg
