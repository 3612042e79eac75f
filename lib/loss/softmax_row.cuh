#pragma once
// A voxel's logits on the GPU: their softmax, a row of them in registers. For softmax_cuda.cu.
#include "core/cuda_numbers.cuh"
#include "core/ignore.h"

#include <cmath>

namespace seg {
namespace {

constexpr int kWarp = 32, kThreads = 128, kWarps = kThreads / kWarp;
constexpr float kLog2E = 1.44269504f, kLn2 = 0.693147181f;

// One voxel's softmax without the probabilities: p = 2^(x log2(e) - shift) * inverse. The shift is
// the largest x log2(e); its rounding is the same for all classes, so it drops out.
struct Softmax {
  float shift, sum, inverse;  // inverse = 1 / sum
  __device__ static float exponent(float x, float shift) { return fmaf(x, kLog2E, -shift); }
  __device__ float p(float x) const { return exp2_fast(exponent(x, shift)) * inverse; }
  // -log p, exact where p is near 1
  __device__ float cross_entropy(float x) const { return kLn2 * (log2f(sum) - exponent(x, shift)); }
};

// Of a row that is read again for each step of the arithmetic.
template <class T>
__device__ Softmax softmax_of(const T* x, std::int64_t stride, int classes) {
  float largest = as_float(x[0]), sum = 0;
  for (int j = 1; j < classes; ++j) largest = fmaxf(largest, as_float(x[j * stride]));
  const float shift = largest * kLog2E;
  for (int j = 0; j < classes; ++j)
    sum += exp2_fast(Softmax::exponent(as_float(x[j * stride]), shift));
  return {shift, sum, 1 / sum};
}
// How the classes of a row lie in memory, known when compiled: side by side and aligned, so that 16
// bytes are read at a time; N of them, each a stride from the last; or fewer than N.
enum class Classes { packed, all, some };

// The N logits of a voxel in registers; those behind the classes are -inf, so their p is 0.
template <class T, int N, Classes kHow>
struct Row {
  static constexpr int kPack = N % kWidePack<T> == 0 ? kWidePack<T> : 1;
  float x[N];

  __device__ static bool has(int j, int classes) { return kHow != Classes::some || j < classes; }

  __device__ void load(const T* from, std::int64_t stride, int classes) {
    if constexpr (kHow == Classes::packed) {
      SEG_UNROLL
      for (int i = 0; i < N / kPack; ++i)
        reinterpret_cast<const Pack<T, kPack>*>(from)[i].get(x + i * kPack);
    } else {
      SEG_UNROLL
      for (int j = 0; j < N; ++j) x[j] = has(j, classes) ? as_float(from[j * stride]) : -HUGE_VALF;
    }
  }

  __device__ void store(T* to, std::int64_t stride, int classes) const {
    if constexpr (kHow == Classes::packed) {
      SEG_UNROLL
      for (int i = 0; i < N / kPack; ++i)
        reinterpret_cast<Pack<T, kPack>*>(to)[i].set(x + i * kPack);
    } else {
      SEG_UNROLL
      for (int j = 0; j < N; ++j)
        if (has(j, classes)) put(to + j * stride, x[j]);
    }
  }

  // x becomes p.
  __device__ Softmax to_probabilities() {
    float largest = x[0], sum = 0;
    SEG_UNROLL
    for (int j = 1; j < N; ++j) largest = fmaxf(largest, x[j]);
    const float shift = largest * kLog2E;
    SEG_UNROLL
    for (int j = 0; j < N; ++j) sum += x[j] = exp2_fast(Softmax::exponent(x[j], shift));
    const float inverse = 1 / sum;
    SEG_UNROLL
    for (int j = 0; j < N; ++j) x[j] *= inverse;
    return {shift, sum, inverse};
  }
};

// The rows of a warp's 32 voxels, N classes side by side each, by way of shared memory: so that the
// lanes read and write neighbouring packs of device memory, though each needs a row of its own.
template <class T, int N>
struct Tile {
  static constexpr int kPack = kWidePack<T>, kRow = N / kPack;  // packs of a row
  static constexpr int kPitch = N + kPack;  // elements: a pack more, or lanes meet in a bank
  static constexpr int kElements = 32 * kPitch;
  using Packed = Pack<T, kPack>;
  T* rows;  // [32, kPitch]

  __device__ T* row(int lane) const { return rows + lane * kPitch; }
  __device__ Packed* place(int pack) const {
    return reinterpret_cast<Packed*>(row(pack / kRow)) + pack % kRow;
  }

  // A lane's share of the rows, on its way. voxels: rows that there are.
  struct Share {
    Packed pack[kRow];

    __device__ void fetch(const T* from, std::int64_t voxels, int lane) {
      SEG_UNROLL
      for (int i = 0; i < kRow; ++i)
        if (i * 32 + lane < voxels * kRow)
          pack[i] = reinterpret_cast<const Packed*>(from)[i * 32 + lane];
    }
  };

  // All lanes come along; none may still need the rows before.
  __device__ void put(const Share& share, int lane) const {
    __syncwarp();  // no lane still reads its row of before
    SEG_UNROLL
    for (int i = 0; i < kRow; ++i) *place(i * 32 + lane) = share.pack[i];
    __syncwarp();  // a row's packs come from several lanes
  }

  __device__ void load(const T* from, std::int64_t voxels, int lane) const {
    Share share;
    share.fetch(from, voxels, lane);
    put(share, lane);
  }

  __device__ void store(T* to, std::int64_t voxels, int lane) const {
    __syncwarp();  // every lane has written its row
    SEG_UNROLL
    for (int i = 0; i < kRow; ++i) {
      const int pack = i * 32 + lane;
      if (pack < voxels * kRow) reinterpret_cast<Packed*>(to)[pack] = *place(pack);
    }
  }
};

// Whether rows go through a tile: where a row is more than one pack.
template <class T, int N, Classes kHow>
constexpr bool kTiled = kHow == Classes::packed&& N / kWidePack<T> > 1;

// Of a warp's tile; 0 where rows go through none.
template <class T, int N, Classes kHow>
__host__ __device__ constexpr int tile_elements() {
  if constexpr (kTiled<T, N, kHow>) return Tile<T, N>::kElements;
  return 0;
}

}  // namespace
}  // namespace seg
