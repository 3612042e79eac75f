#pragma once
// The backward pass of softmax_cuda.cu: the softmax again, and the gradient of the logits.
#include "loss/softmax_cuda.h"
#include "loss/softmax_row.cuh"

namespace seg {
namespace {

// The derivatives of the loss by the sums of a voxel's part.
struct Slopes {
  const float *pg, *p2, *p;  // [classes]
  float ce;                  // times the voxel's weight
};

// x_j becomes p_j (u_j - sum_k p_k u_k) + d_ce (p_j - g_j), u_j = d_pg g_j + 2 d_p2 p_j + d_p.
template <class T, int N, Classes kHow>
__device__ void row_gradient(Row<T, N, kHow>& row, float x_own, const Slopes& d, int y,
                             int classes) {
  const Softmax softmax = row.to_probabilities();
  float dot = softmax.p(x_own) * d.pg[y];
  SEG_UNROLL
  for (int j = 0; j < N; ++j)
    if (row.has(j, classes)) dot = fmaf(row.x[j], fmaf(2 * d.p2[j], row.x[j], d.p[j]), dot);
  SEG_UNROLL
  for (int j = 0; j < N; ++j) {
    if (!row.has(j, classes)) continue;
    const float p = row.x[j];
    const float rest = p * (fmaf(2 * d.p2[j], p, d.p[j]) - dot + d.ce);
    row.x[j] = j == y ? fmaf(p, d.pg[j], rest - d.ce) : rest;
  }
}

// The same without registers for a row.
template <class T>
__device__ void long_gradient(const T* x, T* dx, std::int64_t stride, const Slopes& d, int y,
                              int classes) {
  const Softmax softmax = softmax_of(x, stride, classes);
  float dot = softmax.p(as_float(x[y * stride])) * d.pg[y];
  for (int j = 0; j < classes; ++j) {
    const float p = softmax.p(as_float(x[j * stride]));
    dot += p * (d.p[j] + 2 * d.p2[j] * p);
  }
  for (int j = 0; j < classes; ++j) {
    const float p = softmax.p(as_float(x[j * stride])), g = j == y ? 1.f : 0.f;
    put(dx + j * stride, p * (d.pg[j] * g + 2 * d.p2[j] * p + d.p[j] - dot) + d.ce * (p - g));
  }
}

// Floats rounded up to 16 bytes.
__host__ __device__ constexpr int padded(int floats) { return (floats + 3) / 4 * 4; }

// What the backward pass knows of a voxel's place.
template <class T>
struct Target {
  const T* x;
  T* dx;
  std::int64_t i;  // of its label
  bool inside;
};

// The slopes for a voxel of label y; slope: of its sample, [2, 4, classes] and [2].
__device__ Slopes slopes_of(const SoftmaxBatch& b, const float* slope, std::int64_t i,
                            int classes) {
  const int part = b.contour != nullptr && b.contour[i] != 0;
  const float* own = slope + part * 4 * classes;
  const float weight = b.weight != nullptr ? b.weight[i] : 1.f;
  return {own, own + classes, own + 2 * classes, slope[cross_entropy_at(classes) + part] * weight};
}

// A voxel by itself: with a row in registers, or without.
template <class T, int N, Classes kHow>
__device__ void write_gradient(const SoftmaxBatch& b, const float* slope, const Target<T>& at,
                               int classes) {
  if (!at.inside) return;
  const int y = b.labels[at.i];
  if (y >= classes) {
    for (int j = 0; j < classes; ++j) put(at.dx + j * b.class_stride, 0.f);
    return;
  }
  const Slopes d = slopes_of(b, slope, at.i, classes);
  if constexpr (N > 0) {
    Row<T, N, kHow> row;
    row.load(at.x, b.class_stride, classes);
    row_gradient(row, as_float(at.x[y * b.class_stride]), d, y, classes);
    row.store(at.dx, b.class_stride, classes);
  } else {
    long_gradient(at.x, at.dx, b.class_stride, d, y, classes);
  }
}

// The voxels of a warp, by way of its tile. rest: voxels from the warp's first on.
template <class T, int N>
__device__ void write_tiled_gradient(const SoftmaxBatch& b, const float* slope, const Target<T>& at,
                                     std::int64_t rest, int lane, T* tile) {
  const Tile<T, N> rows{tile};
  rows.load(at.x - lane * N, rest, lane);
  Row<T, N, Classes::packed> row;
  SEG_UNROLL
  for (int j = 0; j < N; ++j) row.x[j] = 0;
  const int y = at.inside ? b.labels[at.i] : kIgnore;
  if (y < N) {
    row.load(rows.row(lane), 1, N);
    row_gradient(row, as_float(rows.row(lane)[y]), slopes_of(b, slope, at.i, N), y, N);
  }
  row.store(rows.row(lane), 1, N);
  rows.store(at.dx - lane * N, rest, lane);
}

// One thread per voxel. Grid: [voxels / kThreads, samples].
template <class T, int N, Classes kHow>
__global__ void backward_kernel(SoftmaxBatch b, const float* slopes, T* gradient) {
  SEG_SHARED_MEMORY(float4,
                    shared_packs);  // sums_size floats, padded to a pack, then the warps' tiles
  float* slope = reinterpret_cast<float*>(shared_packs);
  const int classes = static_cast<int>(b.classes), size = static_cast<int>(sums_size(classes)),
            thread = static_cast<int>(threadIdx.x);
  const std::int64_t sample = blockIdx.y,
                     v = static_cast<std::int64_t>(blockIdx.x) * kThreads + thread;
  for (int i = thread; i < size; i += kThreads) slope[i] = slopes[sample * size + i];
  __syncthreads();  // every voxel reads all of them
  const std::int64_t first = sample * b.classes * b.voxels + v * b.voxel_stride;
  const Target<T> at{static_cast<const T*>(b.logits) + first, gradient + first,
                     sample * b.voxels + v, v < b.voxels};
  if constexpr (kTiled<T, N, kHow>) {
    const int lane = thread % kWarp;
    T* tile = reinterpret_cast<T*>(slope + padded(size)) + thread / kWarp * Tile<T, N>::kElements;
    write_tiled_gradient<T, N>(b, slope, at, b.voxels - (v - lane), lane, tile);
  } else {
    write_gradient<T, N, kHow>(b, slope, at, classes);
  }
}

}  // namespace
}  // namespace seg
