#pragma once
// The CUDA kernels of the contour map. Pointers lie in device memory; no Torch. Each returns null,
// or why it did not start.
#include "distance/label_grid.h"

struct CUstream_st;

namespace seg {

// The classes whose contour is asked for, and whether the outside of the volume is another label.
struct ContourOf {
  std::uint8_t first, classes;
  bool zero_border;
};

// 32-bit words that cuda_window_contour works in: 4 bytes per voxel, rows padded to words.
inline std::int64_t window_contour_words(const LabelGrid& l) {
  return 4 * l.samples * l.depth * l.height * ((l.width + 3) / 4);
}

// out: 1 where a label in [of.first, of.classes) has another label within -back .. +forward.
const char* cuda_window_contour(const LabelGrid& grid, std::int64_t back, std::int64_t forward,
                                ContourOf of, std::uint32_t* work, std::uint8_t* out,
                                CUstream_st* stream);

}  // namespace seg
