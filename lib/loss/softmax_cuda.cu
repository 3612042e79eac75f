// The formulas are softmax_kernel.inc's. Two-stage sums: every block adds a fixed share of one
// sample's voxels in a fixed order, a second kernel adds the blocks; no float atomics, so the
// result is the same in every run. Up to 16 classes (N = 4, 8 or 16) a voxel's logits are read once
// into registers, 16 bytes at a time where they lie side by side (channels last). With more classes
// (N = 0) a thread reads them again for each step of its arithmetic.
#include "core/cuda_kernel.h"
#include "loss/softmax_backward.cuh"
#include "loss/softmax_cuda.h"
#include "loss/softmax_forward.cuh"

#include <type_traits>

namespace seg {

std::int64_t softmax_cuda_blocks(std::int64_t voxels) {
  return voxels == 0 ? 1 : blocks_of(voxels, kTiles * kTile);
}

namespace {

// work(std::integral_constant<int, N>, how the classes lie) for the N that holds the classes, 0
// where none does.
template <class T, int N, class Work>
const char* with_classes(const SoftmaxBatch& b, bool aligned, Work work) {
  constexpr std::integral_constant<int, N> n;
  const bool all = b.classes == N;
  if (N % kWidePack<T> == 0 && all && b.class_stride == 1 && aligned)
    return work(n, std::integral_constant < Classes,
                N % kWidePack<T> == 0 ? Classes::packed : Classes::all > ());
  if (all) return work(n, std::integral_constant<Classes, Classes::all>());
  return work(n, std::integral_constant<Classes, Classes::some>());
}

template <class T, class Work>
const char* with_row(const SoftmaxBatch& b, bool aligned, Work work) {
  if (b.classes <= 4) return with_classes<T, 4>(b, aligned, work);
  if (b.classes <= 8) return with_classes<T, 8>(b, aligned, work);
  if (b.classes <= 16) return with_classes<T, 16>(b, aligned, work);
  return work(std::integral_constant<int, 0>(), std::integral_constant<Classes, Classes::some>());
}

template <class T>
const char* forward_as(const SoftmaxBatch& b, double* partial, double* result,
                       CUstream_st* stream) {
  if (b.samples == 0) return nullptr;
  const int size = static_cast<int>(sums_size(b.classes)),
            blocks = static_cast<int>(softmax_cuda_blocks(b.voxels));
  const auto samples = static_cast<unsigned>(b.samples);
  const dim3 grid(static_cast<unsigned>(blocks), samples), columns(blocks_of(size, kWarp), samples);
  const char* error = with_row<T>(b, wide_aligned(b.logits), [&](auto n, auto how) {
    constexpr int tile = tile_elements<T, decltype(n)::value, decltype(how)::value>();
    return launch(forward_kernel<T, decltype(n)::value, decltype(how)::value>, grid, dim3(kThreads),
                  kWarps * (size * sizeof(float) + tile * sizeof(T)), stream, b, partial);
  });
  if (error) return error;
  return launch(sum_blocks_kernel, columns, dim3(kWarp, kRows), 0, stream,
                static_cast<const double*>(partial), blocks, size, result);
}

template <class T>
const char* backward_as(const SoftmaxBatch& b, const float* slopes, void* gradient,
                        CUstream_st* stream) {
  if (b.samples * b.voxels == 0) return nullptr;
  const dim3 grid(blocks_of(b.voxels, kThreads), static_cast<unsigned>(b.samples));
  return with_row<T>(b, wide_aligned(b.logits) && wide_aligned(gradient), [&](auto n, auto how) {
    constexpr int tile = tile_elements<T, decltype(n)::value, decltype(how)::value>();
    const auto floats = static_cast<std::size_t>(padded(static_cast<int>(sums_size(b.classes))));
    return launch(backward_kernel<T, decltype(n)::value, decltype(how)::value>, grid,
                  dim3(kThreads), floats * sizeof(float) + kWarps * tile * sizeof(T), stream, b,
                  slopes, static_cast<T*>(gradient));
  });
}

}  // namespace

const char* softmax_cuda_forward(const SoftmaxBatch& batch, double* partial, double* result,
                                 CUstream_st* stream) {
  switch (batch.type) {
    case LogitType::float32: return forward_as<float>(batch, partial, result, stream);
    case LogitType::bfloat16: return forward_as<__nv_bfloat16>(batch, partial, result, stream);
    default: return forward_as<__half>(batch, partial, result, stream);
  }
}

const char* softmax_cuda_backward(const SoftmaxBatch& batch, const float* slopes, void* gradient,
                                  CUstream_st* stream) {
  switch (batch.type) {
    case LogitType::float32: return backward_as<float>(batch, slopes, gradient, stream);
    case LogitType::bfloat16: return backward_as<__nv_bfloat16>(batch, slopes, gradient, stream);
    default: return backward_as<__half>(batch, slopes, gradient, stream);
  }
}

}  // namespace seg
