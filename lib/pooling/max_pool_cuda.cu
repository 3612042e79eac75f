// A thread owns one pack of P channels of the pooled volume (channels last), or one of its voxels,
// and with it eight packs, or four pairs of voxels, of the large one. No two threads write the same
// place.
#include "core/cuda_numbers.cuh"
#include "pooling/max_pool_cuda.h"

#include <type_traits>

namespace seg {
namespace {

constexpr int kThreads = 256;

// Where a thread's pack lies in the pooled volume and its first in the large one.
struct Place {
  std::int64_t small, large, row,
      slice;  // row, slice: elements from one to the next in the large one

  // i: number of the pack, below 2^31.
  __device__ Place(const PoolLayout& l, unsigned i, int pack) {
    const auto width = static_cast<unsigned>(l.width), height = static_cast<unsigned>(l.height);
    const auto packs = static_cast<unsigned>(l.channels_last ? l.channels / pack : 1);
    const unsigned p = i % packs, v = i / packs;
    const std::int64_t x = v % width, y = v / width % height, z = v / width / height;
    const std::int64_t across = l.channels_last ? l.channels : 1;
    small = static_cast<std::int64_t>(i) * pack;
    row = 2 * l.width * across;
    slice = 2 * l.height * row;
    large =
        2 * z * slice + 2 * y * row + 2 * x * across + p * pack;  // depth doubles over all planes
  }
};

template <class T, int P, bool kLast>
__global__ void max_pool_kernel(PoolLayout l, unsigned count, const T* __restrict__ x,
                                T* __restrict__ y, std::uint8_t* __restrict__ from) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i >= count) return;
  const Place at(l, i, P);
  float best[P];
  std::uint8_t which[P];
  SEG_UNROLL
  for (int k = 0; k < 8; ++k) {
    const T* source = x + at.large + (k >> 2) * at.slice + (k >> 1 & 1) * at.row;
    float v[P];
    if constexpr (kLast) {
      reinterpret_cast<const Pack<T, P>*>(source + (k & 1) * l.channels)->get(v);
    } else {
      float pair[2];
      reinterpret_cast<const Pack<T, 2>*>(source)->get(pair);
      v[0] = pair[k & 1];
    }
    SEG_UNROLL
    for (int c = 0; c < P; ++c) {
      const bool better = k == 0 || v[c] > best[c] || v[c] != v[c];  // NaN stays
      best[c] = better ? v[c] : best[c];
      which[c] = better ? static_cast<std::uint8_t>(k) : which[c];
    }
  }
  reinterpret_cast<Pack<T, P>*>(y + at.small)->set(best);
  Pack<std::uint8_t, P> taken;
  SEG_UNROLL
  for (int c = 0; c < P; ++c) taken.element[c] = which[c];
  *reinterpret_cast<Pack<std::uint8_t, P>*>(from + at.small) = taken;
}

template <class T, int P, bool kLast>
__global__ void max_pool_gradient_kernel(PoolLayout l, unsigned count, const T* __restrict__ dy,
                                         const std::uint8_t* __restrict__ from,
                                         T* __restrict__ dx) {
  const unsigned i = blockIdx.x * kThreads + threadIdx.x;
  if (i >= count) return;
  const Place at(l, i, P);
  float d[P];
  reinterpret_cast<const Pack<T, P>*>(dy + at.small)->get(d);
  const auto taken = *reinterpret_cast<const Pack<std::uint8_t, P>*>(from + at.small);
  SEG_UNROLL
  for (int k = 0; k < 8; k += kLast ? 1 : 2) {
    T* to = dx + at.large + (k >> 2) * at.slice + (k >> 1 & 1) * at.row;
    if constexpr (kLast) {
      float v[P];
      SEG_UNROLL
      for (int c = 0; c < P; ++c) v[c] = taken.element[c] == k ? d[c] : 0.f;
      reinterpret_cast<Pack<T, P>*>(to + (k & 1) * l.channels)->set(v);
    } else {
      const float pair[2] = {taken.element[0] == k ? d[0] : 0.f,
                             taken.element[0] == k + 1 ? d[0] : 0.f};
      reinterpret_cast<Pack<T, 2>*>(to)->set(pair);
    }
  }
}

// work(T(), pack, channels last)
template <class Work>
const char* with_layout(const PoolLayout& l, bool aligned, Work work) {
  const auto of_type = [&](auto type) {
    using Wide = std::integral_constant<int, kWidePack<decltype(type)>>;
    using One = std::integral_constant<int, 1>;
    if (!l.channels_last) return work(type, One(), std::false_type());
    return aligned && l.channels % Wide::value == 0 ? work(type, Wide(), std::true_type())
                                                    : work(type, One(), std::true_type());
  };
  return l.type == FloatType::bfloat16 ? of_type(__nv_bfloat16()) : of_type(0.f);
}

}  // namespace

const char* max_pool_cuda(const PoolLayout& l, const void* x, void* y, std::uint8_t* from,
                          CUstream_st* stream) {
  const bool aligned = wide_aligned(x) && wide_aligned(y) && wide_aligned(from);
  return with_layout(l, aligned, [&](auto type, auto pack, auto last) {
    using T = decltype(type);
    constexpr int P = decltype(pack)::value;
    const std::int64_t count = l.elements() / P;
    return launch(max_pool_kernel<T, P, decltype(last)::value>, dim3(blocks_of(count, kThreads)),
                  dim3(kThreads), 0, stream, l, static_cast<unsigned>(count),
                  static_cast<const T*>(x), static_cast<T*>(y), from);
  });
}

const char* max_pool_cuda_backward(const PoolLayout& l, const void* dy, const std::uint8_t* from,
                                   void* dx, CUstream_st* stream) {
  const bool aligned = wide_aligned(dy) && wide_aligned(dx) && wide_aligned(from);
  return with_layout(l, aligned, [&](auto type, auto pack, auto last) {
    using T = decltype(type);
    constexpr int P = decltype(pack)::value;
    const std::int64_t count = l.elements() / P;
    return launch(max_pool_gradient_kernel<T, P, decltype(last)::value>,
                  dim3(blocks_of(count, kThreads)), dim3(kThreads), 0, stream, l,
                  static_cast<unsigned>(count), static_cast<const T*>(dy), from,
                  static_cast<T*>(dx));
  });
}

}  // namespace seg
