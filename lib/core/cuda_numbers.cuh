#pragma once
// Numbers of each FloatType in device memory: to and from float32, and 16 bytes of them at a time.
#include "core/cuda_kernel.h"

#include <cmath>

namespace seg {

__device__ inline float as_float(float x) { return x; }
__device__ inline float as_float(__half x) { return __half2float(x); }
__device__ inline float as_float(__nv_bfloat16 x) { return __bfloat162float(x); }
__device__ inline void put(float* to, float x) { *to = x; }
__device__ inline void put(__half* to, float x) { *to = __float2half(x); }
__device__ inline void put(__nv_bfloat16* to, float x) { *to = __float2bfloat16(x); }

// P elements that one instruction reads or writes; they must lie at a multiple of their size.
template <class T, int P>
struct alignas(P * sizeof(T)) Pack {
  T element[P];

  // By way of a copy of the whole: element by element, the compiler reads and writes each by
  // itself.
  __device__ void get(float* x) const {
    const Pack all = *this;
    SEG_UNROLL
    for (int k = 0; k < P; ++k) x[k] = as_float(all.element[k]);
  }
  __device__ void set(const float* x) {
    Pack all;
    SEG_UNROLL
    for (int k = 0; k < P; ++k) put(all.element + k, x[k]);
    *this = all;
  }
};

// Elements in 16 bytes.
template <class T>
constexpr int kWidePack = 16 / static_cast<int>(sizeof(T));

// 2^x to 22 bits, subnormal results as 0: one instruction.
__device__ inline float exp2_fast(float x) {
#ifdef __CUDACC__
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return exp2f(x);
#endif
}

__device__ inline float warp_sum(float x) {
  for (int n = 16; n > 0; n /= 2) x += __shfl_xor_sync(0xffffffffu, x, n);
  return x;
}

// Whether 16-byte packs can be read there.
inline bool wide_aligned(const void* at) { return reinterpret_cast<std::uintptr_t>(at) % 16 == 0; }

}  // namespace seg
