#pragma once
// A voxel's logits on the GPU: their types, their softmax, a row of them in registers. For softmax_cuda.cu.
#include "core/cuda_kernel.h"

#include <cmath>

namespace seg {
namespace {

__device__ float as_float(float x) { return x; }
__device__ float as_float(__half x) { return __half2float(x); }
__device__ float as_float(__nv_bfloat16 x) { return __bfloat162float(x); }
__device__ void put(float* to, float x) { *to = x; }
__device__ void put(__half* to, float x) { *to = __float2half(x); }
__device__ void put(__nv_bfloat16* to, float x) { *to = __float2bfloat16(x); }

// One voxel's softmax, without the probabilities.
struct Softmax {
  float largest, inverse;  // max_j x_j, 1 / sum_j exp(x_j - max)
  __device__ float p(float x) const { return expf(x - largest) * inverse; }
};

// The N logits of a voxel in registers; those behind the classes are -inf, so their p is 0.
template <class T, int N>
struct Row {
  static constexpr int kPack = 16 / static_cast<int>(sizeof(T));
  struct alignas(16) Pack {  // what one instruction reads or writes
    T element[kPack];
  };
  float x[N];

  __device__ static bool packed(std::int64_t stride, int classes) { return stride == 1 && classes == N && N % kPack == 0; }

  __device__ void load(const T* from, std::int64_t stride, int classes) {
    if (packed(stride, classes)) {
      SEG_UNROLL
      for (int i = 0; i < N / kPack; ++i) {
        const Pack pack = reinterpret_cast<const Pack*>(from)[i];
        SEG_UNROLL
        for (int k = 0; k < kPack; ++k) x[i * kPack + k] = as_float(pack.element[k]);
      }
      return;
    }
    SEG_UNROLL
    for (int j = 0; j < N; ++j) x[j] = j < classes ? as_float(from[j * stride]) : -HUGE_VALF;
  }

  __device__ void store(T* to, std::int64_t stride, int classes) const {
    if (packed(stride, classes)) {
      SEG_UNROLL
      for (int i = 0; i < N / kPack; ++i) {
        Pack pack;
        SEG_UNROLL
        for (int k = 0; k < kPack; ++k) put(pack.element + k, x[i * kPack + k]);
        reinterpret_cast<Pack*>(to)[i] = pack;
      }
      return;
    }
    SEG_UNROLL
    for (int j = 0; j < N; ++j)
      if (j < classes) put(to + j * stride, x[j]);
  }

  __device__ float at(int y) const {
    float found = 0;
    SEG_UNROLL
    for (int j = 0; j < N; ++j) found = j == y ? x[j] : found;
    return found;
  }

  // x becomes p.
  __device__ Softmax to_probabilities() {
    float largest = x[0], sum = 0;
    SEG_UNROLL
    for (int j = 1; j < N; ++j) largest = fmaxf(largest, x[j]);
    SEG_UNROLL
    for (int j = 0; j < N; ++j) sum += x[j] = expf(x[j] - largest);
    SEG_UNROLL
    for (int j = 0; j < N; ++j) x[j] /= sum;
    return {largest, 1 / sum};
  }
};

}  // namespace
}  // namespace seg
