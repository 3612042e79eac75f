#pragma once
// The loops behind exact distance maps on plain arrays, compiled for each instruction set. No
// Torch, no threads.
#include "core/processor.h"

#include <cstdint>

namespace seg {

constexpr int kBundle = 16;  // lines side by side

struct DistanceKernels {
  // The squared distance of each voxel of a row to the nearest one of another label in it; +inf
  // where all are alike.
  void (*along_row)(const std::uint8_t* labels, std::int64_t count, float* squared);

  // Up to kBundle lines along another axis, voxel q of line l at [q * stride + l]: f(x) becomes the
  // minimum over q of f(q) + (x - q)^2, where f(q) counts as 0 if q has another label than x;
  // labels may be null: then f as it is. Looks at the nearest voxels first; returns false, with
  // nothing changed, where it would have to look so far that the lower envelope of the parabolas is
  // faster. scratch: near_scratch(size) floats, on a multiple of 64 bytes.
  bool (*near_lines)(float* f, const std::uint8_t* labels, std::int64_t size, std::int64_t stride,
                     int lines, float* scratch);
};

inline std::int64_t near_scratch(std::int64_t size) { return 3 * size * kBundle; }

SEG_EACH_SET(DistanceKernels distance_kernels())

// The sets that may run here, slowest first.
const std::vector<NamedKernels<DistanceKernels>>& all_distance_kernels();

// The fastest of them.
const DistanceKernels& distance_kernels();

}  // namespace seg
