#pragma once
// The inner loops of blend.h on plain arrays, compiled for each instruction set. No Torch, no
// threads.
#include "core/float_type.h"
#include "core/processor.h"

#include <cstdint>

namespace seg {

// Voxels side by side. Steps count elements, from voxel to voxel.
struct BlendRow {
  std::int64_t voxels, classes;
  FloatType state_type;  // float32 or float16
  void* state;           // its classes lie side by side
  std::int64_t state_step;
  const float* weight;
  std::int64_t weight_step;
};
struct BlendLogits {
  FloatType type;  // float32 or bfloat16
  const void* values;
  std::int64_t step, class_step;
};

struct BlendKernels {
  void (*add_weighted)(const BlendRow& row, const BlendLogits& logits);
  void (*divide_by)(const BlendRow& row);
};

SEG_EACH_SET(BlendKernels blend_kernels())

// Those that may run here, slowest first, and the fastest of them.
const std::vector<NamedKernels<BlendKernels>>& all_blend_kernels();
const BlendKernels& best_blend_kernels();

}  // namespace seg
