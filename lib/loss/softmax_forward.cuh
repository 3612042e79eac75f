#pragma once
// The forward pass of softmax_cuda.cu: each block adds its share of the sums, a second kernel adds
// the blocks.
#include "loss/softmax_cuda.h"
#include "loss/softmax_row.cuh"

#include <type_traits>

namespace seg {
namespace {

constexpr int kOwn = 4;                 // voxels of a thread in one tile
constexpr int kTile = kThreads * kOwn;  // voxels
constexpr int kTiles = 8;               // tiles of a block
constexpr int resident(int n) {
  return n == 16 ? 4 : 6;
}  // blocks of a multiprocessor, at least: bounds the registers
constexpr unsigned kAll = 0xffffffffu;  // lanes of a warp
constexpr int kNone = -1;               // the key of a voxel that counts nowhere

// The sums of one warp in shared memory, as sums_layout.h has them; its first lane adds.
struct WarpSums {
  float* sums;
  int classes, lane;
  __device__ void add(int part, int quantity, int j, float value) {
    if (lane == 0) sums[sum_at(part, quantity, j, classes)] += value;
  }
};

// The sum of p over the lanes of a mask, which all of them name: in units of 2^-25, so that newer
// GPUs add in one instruction. p <= 1, so 32 lanes fit, and the rounding is float32's own near 1.
__device__ float sum_over(unsigned lanes, float p) {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
  constexpr float kUnits = 1 << 25;
  return static_cast<float>(__reduce_add_sync(lanes, static_cast<unsigned>(p * kUnits + 0.5f))) /
         kUnits;
#else
  float sum = 0;
  for (int n = 0; n < kWarp; ++n) {
    const float other = __shfl_sync(kAll, p, n);
    if (lanes >> n & 1) sum += other;
  }
  return sum;
#endif
}

// p_y and g of the warp's voxels. key: 2 label + part, or kNone.
__device__ void add_own_class(WarpSums& to, int key, float p) {
  const unsigned same = __match_any_sync(kAll, key);
  const float sum = sum_over(same, p);
  if (key != kNone && to.lane == __ffs(static_cast<int>(same)) - 1) {
    const int part = key & 1, y = key >> 1;
    to.sums[sum_at(part, kPG, y, to.classes)] += sum;
    to.sums[sum_at(part, kG, y, to.classes)] += static_cast<float>(__popc(same));
  }
  __syncwarp();  // the next voxel's labels may have another lane add here
}

// What a thread knows of one of its voxels.
struct Voxel {
  Softmax softmax;
  std::int64_t at;  // first element of its logits within the sample
  int key;          // 2 label + part; kNone: ignored, or none there
};

// Reads a voxel, and adds its cross-entropy to ce[part].
template <class T>
__device__ Voxel read_voxel(const SoftmaxBatch& b, const T* logits, std::int64_t sample,
                            std::int64_t v, float* p_own, float* ce) {
  Voxel voxel{{0, 0, 0}, v * b.voxel_stride, kNone};
  *p_own = 0;
  if (v >= b.voxels) return voxel;
  const std::int64_t i = sample * b.voxels + v;
  const int y = b.labels[i], classes = static_cast<int>(b.classes);
  if (y == kIgnore) return voxel;
  if (y >= classes) {  // spoils every sum that a loss reads
    ce[0] = ce[1] = *p_own = voxel.softmax.shift = nanf("");
    voxel.key = 0;
    return voxel;
  }
  const T* x = logits + voxel.at;
  const int part = b.contour != nullptr && b.contour[i] != 0;
  voxel.softmax = softmax_of(x, b.class_stride, classes);
  voxel.key = 2 * y + part;
  const float own = as_float(x[y * b.class_stride]);
  *p_own = voxel.softmax.p(own);
  ce[part] += voxel.softmax.cross_entropy(own) * (b.weight != nullptr ? b.weight[i] : 1.f);
  return voxel;
}

// p and p^2 of every class over the warp's voxels.
template <class T>
__device__ void add_all_classes(WarpSums& to, const T* logits, std::int64_t class_stride,
                                const Voxel (&voxels)[kOwn]) {
  bool has[2] = {false, false};
  for (const Voxel& v : voxels)
    if (v.key != kNone) has[v.key & 1] = true;
  const bool any[2] = {__any_sync(kAll, has[0]) != 0, __any_sync(kAll, has[1]) != 0};
  for (int j = 0; j < to.classes; ++j) {
    float p1[2] = {0, 0}, p2[2] = {0, 0};
    for (const Voxel& v : voxels) {
      if (v.key == kNone) continue;
      const float p = v.softmax.p(as_float(logits[v.at + j * class_stride]));
      const bool contour = v.key & 1;
      p1[0] += contour ? 0.f : p;
      p2[0] += contour ? 0.f : p * p;
      p1[1] += contour ? p : 0.f;
      p2[1] += contour ? p * p : 0.f;
    }
    for (int part = 0; part < 2; ++part) {
      if (!any[part]) continue;
      to.add(part, kP2, j, warp_sum(p2[part]));
      to.add(part, kP, j, warp_sum(p1[part]));
    }
  }
}

// p and p^2 of the thread's own voxels, of all and of the contour's, in registers until the end of
// the block: two instructions a class fewer than by part.
template <int N>
struct OwnSums {
  float p1[2][N] = {}, p2[2][N] = {};

  template <class Probabilities>
  __device__ void add(const Probabilities& p, int part) {
    const float in = static_cast<float>(part);
    SEG_UNROLL
    for (int j = 0; j < N; ++j) {
      const float contour = in * p.x[j];
      p1[0][j] += p.x[j];
      p2[0][j] = fmaf(p.x[j], p.x[j], p2[0][j]);
      p1[1][j] += contour;
      p2[1][j] = fmaf(contour, p.x[j], p2[1][j]);
    }
  }

  __device__ void give(WarpSums& to) const {
    SEG_UNROLL
    for (int part = 0; part < 2; ++part) {
      SEG_UNROLL
      for (int j = 0; j < N; ++j) {
        const float sum1 = warp_sum(part ? p1[1][j] : p1[0][j] - p1[1][j]);
        const float sum2 = warp_sum(part ? p2[1][j] : p2[0][j] - p2[1][j]);
        if (j >= to.classes) continue;
        to.add(part, kP2, j, sum2);
        to.add(part, kP, j, sum1);
      }
    }
  }
};

// What a thread has fetched of one of its voxels while it reckons with the one before. The label
// comes two voxels ahead, for which logit is the own depends on it.
struct Label {
  int y = kIgnore;  // also where there is no voxel
  bool contour = false;

  // end: of the block's voxels.
  __device__ void fetch(const SoftmaxBatch& b, std::int64_t sample, std::int64_t v,
                        std::int64_t end) {
    *this = {};
    if (v >= end) return;
    y = b.labels[sample * b.voxels + v];
    contour = b.contour != nullptr && b.contour[sample * b.voxels + v] != 0;
  }
};

template <class T, int N, Classes kHow>
struct Ahead {
  T x[N], own;

  __device__ void fetch(const SoftmaxBatch& b, const T* logits, std::int64_t v,
                        std::int64_t /*end*/, const Label& label, int /*lane*/) {
    if (label.y == kIgnore) return;
    const T* from = logits + v * b.voxel_stride;
    const int classes = static_cast<int>(b.classes);
    if constexpr (kHow == Classes::packed) {
      const Pack<T, N> row = *reinterpret_cast<const Pack<T, N>*>(from);
      SEG_UNROLL
      for (int j = 0; j < N; ++j) x[j] = row.element[j];
    } else {
      SEG_UNROLL
      for (int j = 0; j < N; ++j)
        if (Row<T, N, kHow>::has(j, classes)) x[j] = from[j * b.class_stride];
    }
    own = from[(label.y < classes ? label.y : 0) * b.class_stride];
  }
  __device__ float give(Row<T, N, kHow>& row, const Label&, int classes, T* /*tile*/,
                        int /*lane*/) const {
    SEG_UNROLL
    for (int j = 0; j < N; ++j) row.x[j] = row.has(j, classes) ? as_float(x[j]) : -HUGE_VALF;
    return as_float(own);
  }
};

// Rows that go through a tile: each lane fetches its share of the warp's.
template <class T, int N>
struct AheadInTile {
  typename Tile<T, N>::Share share;

  __device__ void fetch(const SoftmaxBatch&, const T* logits, std::int64_t v, std::int64_t end,
                        const Label&, int lane) {
    share.fetch(logits + (v - lane) * N, end - (v - lane), lane);
  }
  __device__ float give(Row<T, N, Classes::packed>& row, const Label& label, int classes, T* tile,
                        int lane) const {
    const Tile<T, N> rows{tile};
    rows.put(share, lane);
    row.load(rows.row(lane), 1, N);
    return as_float(rows.row(lane)[label.y < classes ? label.y : 0]);
  }
};

// A voxel's row, in registers: adds to own, to the warp's sums and to ce.
template <class T, int N, Classes kHow>
__device__ void add_voxel(const SoftmaxBatch& b, std::int64_t i, const Label& label,
                          Row<T, N, kHow>& row, float x_own, OwnSums<N>& own, WarpSums& to,
                          float* ce) {
  float p_own = 0;
  int key = kNone;
  if (label.y != kIgnore) {
    const bool bad = label.y >= to.classes;  // spoils every sum that a loss reads
    const int part = !bad && label.contour;
    if (bad) row.x[0] = x_own = nanf("");
    const Softmax softmax = row.to_probabilities();
    own.add(row, part);
    key = bad ? 0 : 2 * label.y + part;
    p_own = bad ? 0.f : softmax.p(x_own);
    const float loss = softmax.cross_entropy(x_own) * (b.weight != nullptr ? b.weight[i] : 1.f);
    ce[0] += part ? 0.f : loss;
    ce[1] += part || bad ? loss : 0.f;
  }
  add_own_class(to, key, p_own);
}

// The thread's voxels first, first + kThreads, ... before end.
template <class T, int N, Classes kHow>
__device__ void add_voxels(const SoftmaxBatch& b, const T* logits, std::int64_t sample,
                           std::int64_t first, std::int64_t end, OwnSums<N>& own, WarpSums& to,
                           float* ce, T* tile) {
  std::conditional_t<kTiled<T, N, kHow>, AheadInTile<T, (kTiled<T, N, kHow> ? N : 16)>,
                     Ahead<T, N, kHow>>
      ahead{};
  Label label, next;
  label.fetch(b, sample, first, end);
  next.fetch(b, sample, first + kThreads, end);
  ahead.fetch(b, logits, first, end, label, to.lane);
  for (std::int64_t v = first; v - to.lane < end; v += kThreads) {
    Row<T, N, kHow> row;
    const float x_own = ahead.give(row, label, to.classes, tile, to.lane);
    const Label now = label;
    label = next;
    ahead.fetch(b, logits, v + kThreads, end, label, to.lane);
    next.fetch(b, sample, v + 2 * kThreads, end);
    add_voxel(b, sample * b.voxels + v, now, row, x_own, own, to, ce);
  }
}

// Grid: [blocks, samples].
template <class T, int N, Classes kHow>
__global__ void __launch_bounds__(kThreads, resident(N))
    forward_kernel(SoftmaxBatch b, double* partial) {
  SEG_SHARED_MEMORY(float4, shared_packs);  // [kWarps, sums_size] floats, then the warps' tiles
  float* shared = reinterpret_cast<float*>(shared_packs);
  const int classes = static_cast<int>(b.classes), size = static_cast<int>(sums_size(classes));
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarp, lane = thread % kWarp;
  for (int i = thread; i < kWarps * size; i += kThreads) shared[i] = 0;
  __syncthreads();  // a warp's sums were zeroed by other warps, too

  const std::int64_t sample = blockIdx.y;
  const T* logits = static_cast<const T*>(b.logits) + sample * b.classes * b.voxels;
  WarpSums to{shared + warp * size, classes, lane};
  float ce[2] = {0, 0};
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kTiles * kTile;
  if constexpr (N > 0) {
    OwnSums<N> own;
    T* tile = reinterpret_cast<T*>(shared + kWarps * size) + warp * tile_elements<T, N, kHow>();
    const std::int64_t end = first + kTiles * kTile < b.voxels ? first + kTiles * kTile : b.voxels;
    add_voxels<T, N, kHow>(b, logits, sample, first + thread, end, own, to, ce, tile);
    own.give(to);
  } else {
    for (int tile = 0; tile < kTiles; ++tile) {
      const std::int64_t begin = first + tile * kTile;
      if (begin >= b.voxels) break;
      Voxel voxels[kOwn];
      for (int k = 0; k < kOwn; ++k) {
        float p_own;
        voxels[k] = read_voxel(b, logits, sample, begin + k * kThreads + thread, &p_own, ce);
        add_own_class(to, voxels[k].key, p_own);
      }
      add_all_classes(to, logits, b.class_stride, voxels);
    }
  }
  const float ce_rest = warp_sum(ce[0]), ce_contour = warp_sum(ce[1]);
  if (lane == 0) {
    float* ce_sums = to.sums + cross_entropy_at(classes);
    ce_sums[0] = ce_rest;
    ce_sums[1] = ce_contour;
  }
  __syncthreads();  // every warp has added: below, a thread adds one sum over all of them

  double* out = partial + (sample * gridDim.x + blockIdx.x) * size;
  for (int i = thread; i < size; i += kThreads) {
    double sum = 0;  // in the order of the warps, so that every run gives the same number
    for (int w = 0; w < kWarps; ++w) sum += shared[w * size + i];
    out[i] = sum;
  }
}

// result[sample, i] = the sum over the blocks. Grid: [size / 32, samples], block: [32, kRows].
constexpr int kRows = 32;
__global__ void sum_blocks_kernel(const double* partial, int blocks, int size, double* result) {
  __shared__ double sums[kRows][kWarp];
  const int i = static_cast<int>(blockIdx.x * kWarp + threadIdx.x),
            row = static_cast<int>(threadIdx.y);
  const double* from = partial + static_cast<std::int64_t>(blockIdx.y) * blocks * size;
  double sum = 0;
  if (i < size)
    for (int k = row; k < blocks; k += kRows) sum += from[static_cast<std::int64_t>(k) * size + i];
  sums[row][threadIdx.x] = sum;
  __syncthreads();  // the first row adds what the others left
  if (row != 0 || i >= size) return;
  for (int k = 1; k < kRows; ++k) sum += sums[k][threadIdx.x];
  result[static_cast<std::int64_t>(blockIdx.y) * size + i] = sum;
}

}  // namespace
}  // namespace seg
