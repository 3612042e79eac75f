#pragma once
// The CPU kernels behind softmax_statistics: plain C++, no Torch, one compilation per instruction
// set.
#include "core/float_type.h"
#include "core/processor.h"

#include <cstdint>
#include <vector>

namespace seg {

using LogitType = FloatType;

// One chunk of voxels of one sample. Element (j, v) of the logits stands at logits[j * class_stride
// + v * voxel_stride].
struct SoftmaxChunk {
  const void* logits = nullptr;
  LogitType type = LogitType::float32;
  std::int64_t class_stride = 0, voxel_stride = 0;  // elements
  std::int64_t classes = 0, voxels = 0;
  const std::uint8_t* labels = nullptr;   // [voxels]; 255 counts nowhere
  const std::uint8_t* contour = nullptr;  // [voxels] 0 or 1; null: all voxels are rest
  const float* weight = nullptr;          // [voxels] of the cross-entropy; null: 1
};

// A kernel set. Voxels are taken in blocks that stay in the first cache.
struct SoftmaxKernels {
  // Adds to sums [2 parts, 4, classes] = (pg, p^2, p, g) and ce [2 parts]. Returns false where a
  // label is neither a class nor 255.
  bool (*forward)(const SoftmaxChunk& chunk, double* sums, double* ce);
  // Writes the gradient, same type and strides as the logits. d_sums [2, 4, classes] and d_ce [2]
  // are the derivatives of the loss.
  void (*backward)(const SoftmaxChunk& chunk, const float* d_sums, const float* d_ce,
                   void* gradient);
};

SEG_EACH_SET(SoftmaxKernels softmax_kernels())

// The sets that may run here, slowest first.
const std::vector<NamedKernels<SoftmaxKernels>>& all_softmax_kernels();

// The fastest of them.
const SoftmaxKernels& softmax_kernels();

}  // namespace seg
