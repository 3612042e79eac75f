#pragma once
// The CUDA kernels behind softmax_statistics. Pointers lie in device memory; no Torch. Each returns
// null, or why it did not start.
#include "loss/softmax_kernel.h"
#include "loss/sums_layout.h"

struct CUstream_st;

namespace seg {

// A batch of logits as SoftmaxChunk describes one sample's: sample b begins at b * classes *
// voxels.
struct SoftmaxBatch {
  const void* logits = nullptr;
  LogitType type = LogitType::float32;
  std::int64_t class_stride = 0, voxel_stride = 0;  // elements
  std::int64_t samples = 0, classes = 0, voxels = 0;
  const std::uint8_t* labels = nullptr;   // [samples, voxels]; 255 counts nowhere
  const std::uint8_t* contour = nullptr;  // [samples, voxels] 0 or 1; null: all voxels are rest
  const float* weight = nullptr;          // [samples, voxels] of the cross-entropy; null: 1
};

// Blocks of the forward pass per sample: fixed by the volume, so the order of additions is the same
// on every GPU.
std::int64_t softmax_cuda_blocks(std::int64_t voxels);

// result: [samples, sums_size], as sums_layout.h has it; partial: [samples, blocks, sums_size] to
// work in. A label that is neither a class nor 255 makes the
// sample's cross-entropies and p sums NaN (with more than 16 classes, those of the rest).
const char* softmax_cuda_forward(const SoftmaxBatch& batch, double* partial, double* result,
                                 CUstream_st* stream);

// Writes the gradient, type and strides as the logits'. slopes: [samples, sums_size], the
// derivatives of the loss.
const char* softmax_cuda_backward(const SoftmaxBatch& batch, const float* slopes, void* gradient,
                                  CUstream_st* stream);

}  // namespace seg
