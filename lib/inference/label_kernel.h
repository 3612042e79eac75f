#pragma once
// The inner loops of labels_on_grid.h on plain arrays, compiled for each instruction set. No Torch,
// no threads.
#include "core/float_type.h"
#include "core/processor.h"
#include "prep/axis.h"

#include <array>
#include <cstdint>

namespace seg {

// What a row of target voxels lies between: rows k = 2 z + y of the source, [width, classes].
struct RowsAround {
  FloatType type;  // float32 or float16
  std::int64_t width, classes;
  std::array<const void*, 4> scores;
  std::array<const std::uint8_t*, 4> winners;  // of each voxel, as LabelKernels::winners tells
  float share_z, share_y;                      // of the upper ones
};

struct LabelKernels {
  // scores [count, classes] -> the class of each voxel's largest, the first among equals. False
  // where one is infinite or NaN.
  bool (*winners)(const void* scores, FloatType type, std::int64_t count, std::int64_t classes,
                  std::uint8_t* out);
  // out[i] is the class of the largest interpolated score of target voxel i, x.out of them. common:
  // room for `width` bytes.
  void (*labels)(const RowsAround& rows, const AxisTaps& x, std::uint8_t* common,
                 std::uint8_t* out);
  // All of them: out [x.out, classes].
  void (*scores)(const RowsAround& rows, const AxisTaps& x, float* out);
};

SEG_EACH_SET(LabelKernels label_kernels())

// Those that may run here, slowest first, and the fastest of them.
const std::vector<NamedKernels<LabelKernels>>& all_label_kernels();
const LabelKernels& best_label_kernels();

}  // namespace seg
