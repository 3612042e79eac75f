#pragma once
// The CUDA kernels of the 2x2x2 max-pool. Pointers lie in device memory; no Torch. Each returns
// null, or why it did not start.
#include "core/float_type.h"

#include <cstdint>

struct CUstream_st;

namespace seg {

// The pooled volume: [samples, channels, depth, height, width], or with the channels last. What it
// is pooled from is twice as long along each axis.
struct PoolLayout {
  FloatType type = FloatType::float32;  // float32 or bfloat16
  std::int64_t samples = 0, channels = 0, depth = 0, height = 0, width = 0;
  bool channels_last = false;

  std::int64_t elements() const { return samples * channels * depth * height * width; }
};

// y: the largest of the eight values x; from: which, 4 dz + 2 dy + dx, the first of equal ones.
const char* max_pool_cuda(const PoolLayout& layout, const void* x, void* y, std::uint8_t* from,
                          CUstream_st* stream);

// dx: dy where the value was taken, else 0; every element is written.
const char* max_pool_cuda_backward(const PoolLayout& layout, const void* dy,
                                   const std::uint8_t* from, void* dx, CUstream_st* stream);

}  // namespace seg
