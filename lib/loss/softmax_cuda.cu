// The formulas are softmax_kernel.inc's. Two-stage sums: every block adds a fixed share of one sample's voxels in a fixed order, a second
// kernel adds the blocks; no float atomics, so the result is the same in every run. Up to 16 classes (N = 4, 8 or 16) a voxel's logits are
// read once into registers, 16 bytes at a time where they lie side by side (channels last). With more classes (N = 0) a thread reads them
// again for each step of its arithmetic.
#include "core/cuda_kernel.h"
#include "loss/softmax_cuda.h"
#include "loss/softmax_row.cuh"

#include <type_traits>

namespace seg {
namespace {

constexpr int kWarp = 32, kThreads = 128, kWarps = kThreads / kWarp;
constexpr int kOwn = 4;                 // voxels of a thread in one tile
constexpr int kTile = kThreads * kOwn;  // voxels
constexpr int kTiles = 8;               // tiles of a block
constexpr int resident(int n) { return n == 16 ? 4 : 6; }  // blocks of a multiprocessor, at least: bounds the registers
constexpr unsigned kAll = 0xffffffffu;  // lanes of a warp
constexpr int kIgnored = 255, kNone = -1;

template <class T>
__device__ Softmax softmax_of(const T* x, std::int64_t stride, int classes) {
  float largest = as_float(x[0]), sum = 0;
  for (int j = 1; j < classes; ++j) largest = fmaxf(largest, as_float(x[j * stride]));
  const float shift = largest * kLog2E;
  for (int j = 0; j < classes; ++j) sum += exp2_fast(Softmax::exponent(as_float(x[j * stride]), shift));
  return {shift, sum, 1 / sum};
}

// The sums of one warp, [2 parts, 4 quantities, classes] = (p g, p^2, p, g) in shared memory; its first lane adds.
struct WarpSums {
  float* sums;
  int classes, lane;
  __device__ void add(int part, int quantity, int j, float value) {
    if (lane == 0) sums[(part * 4 + quantity) * classes + j] += value;
  }
};

// The sum of p over the lanes of a mask, which all of them name: in units of 2^-25, so that newer GPUs
// add in one instruction. p <= 1, so 32 lanes fit, and the rounding is float32's own near 1.
__device__ float sum_over(unsigned lanes, float p) {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
  constexpr float kUnits = 1 << 25;
  return static_cast<float>(__reduce_add_sync(lanes, static_cast<unsigned>(p * kUnits + 0.5f))) / kUnits;
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
    float* own = to.sums + (key & 1) * 4 * to.classes + (key >> 1);
    own[0] += sum;
    own[3 * to.classes] += static_cast<float>(__popc(same));
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
__device__ Voxel read_voxel(const SoftmaxBatch& b, const T* logits, std::int64_t sample, std::int64_t v, float* p_own, float* ce) {
  Voxel voxel{{0, 0, 0}, v * b.voxel_stride, kNone};
  *p_own = 0;
  if (v >= b.voxels) return voxel;
  const std::int64_t i = sample * b.voxels + v;
  const int y = b.labels[i], classes = static_cast<int>(b.classes);
  if (y == kIgnored) return voxel;
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
__device__ void add_all_classes(WarpSums& to, const T* logits, std::int64_t class_stride, const Voxel (&voxels)[kOwn]) {
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
      p1[0] += contour ? 0.f : p, p2[0] += contour ? 0.f : p * p;
      p1[1] += contour ? p : 0.f, p2[1] += contour ? p * p : 0.f;
    }
    for (int part = 0; part < 2; ++part) {
      if (!any[part]) continue;
      to.add(part, 1, j, warp_sum(p2[part]));
      to.add(part, 2, j, warp_sum(p1[part]));
    }
  }
}

// p and p^2 of the thread's own voxels, of all and of the contour's, in registers until the end of the
// block: two instructions a class fewer than by part.
template <int N>
struct OwnSums {
  float p1[2][N] = {}, p2[2][N] = {};

  template <class Probabilities>
  __device__ void add(const Probabilities& p, int part) {
    const float in = static_cast<float>(part);
    SEG_UNROLL
    for (int j = 0; j < N; ++j) {
      const float contour = in * p.x[j];
      p1[0][j] += p.x[j], p2[0][j] = fmaf(p.x[j], p.x[j], p2[0][j]);
      p1[1][j] += contour, p2[1][j] = fmaf(contour, p.x[j], p2[1][j]);
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
        to.add(part, 1, j, sum2);
        to.add(part, 2, j, sum1);
      }
    }
  }
};

// What a thread has fetched of one of its voxels while it reckons with the one before. The label
// comes two voxels ahead, for which logit is the own depends on it.
struct Label {
  int y = kIgnored;  // also where there is no voxel
  bool contour = false;

  // end: of the block's voxels.
  __device__ void fetch(const SoftmaxBatch& b, std::int64_t sample, std::int64_t v, std::int64_t end) {
    *this = {};
    if (v >= end) return;
    y = b.labels[sample * b.voxels + v];
    contour = b.contour != nullptr && b.contour[sample * b.voxels + v] != 0;
  }
};

template <class T, int N, Classes kHow>
struct Ahead {
  T x[N], own;

  __device__ void fetch(const SoftmaxBatch& b, const T* logits, std::int64_t v, std::int64_t /*end*/, const Label& label, int /*lane*/) {
    if (label.y == kIgnored) return;
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
  __device__ float give(Row<T, N, kHow>& row, const Label&, int classes, T* /*tile*/, int /*lane*/) const {
    SEG_UNROLL
    for (int j = 0; j < N; ++j) row.x[j] = row.has(j, classes) ? as_float(x[j]) : -HUGE_VALF;
    return as_float(own);
  }
};

// Rows that go through a tile: each lane fetches its share of the warp's.
template <class T, int N>
struct AheadInTile {
  typename Tile<T, N>::Share share;

  __device__ void fetch(const SoftmaxBatch&, const T* logits, std::int64_t v, std::int64_t end, const Label&, int lane) {
    share.fetch(logits + (v - lane) * N, end - (v - lane), lane);
  }
  __device__ float give(Row<T, N, Classes::packed>& row, const Label& label, int classes, T* tile, int lane) const {
    const Tile<T, N> rows{tile};
    rows.put(share, lane);
    row.load(rows.row(lane), 1, N);
    return as_float(rows.row(lane)[label.y < classes ? label.y : 0]);
  }
};

// A voxel's row, in registers: adds to own, to the warp's sums and to ce.
template <class T, int N, Classes kHow>
__device__ void add_voxel(const SoftmaxBatch& b, std::int64_t i, const Label& label, Row<T, N, kHow>& row, float x_own, OwnSums<N>& own,
                          WarpSums& to, float* ce) {
  float p_own = 0;
  int key = kNone;
  if (label.y != kIgnored) {
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
__device__ void add_voxels(const SoftmaxBatch& b, const T* logits, std::int64_t sample, std::int64_t first, std::int64_t end,
                           OwnSums<N>& own, WarpSums& to, float* ce, T* tile) {
  std::conditional_t<kTiled<T, N, kHow>, AheadInTile<T, (kTiled<T, N, kHow> ? N : 16)>, Ahead<T, N, kHow>> ahead{};
  Label label, next;
  label.fetch(b, sample, first, end), next.fetch(b, sample, first + kThreads, end);
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

// Of a warp's tile; 0 where rows go through none.
template <class T, int N, Classes kHow>
__host__ __device__ constexpr int tile_elements() {
  if constexpr (kTiled<T, N, kHow>) return Tile<T, N>::kElements;
  return 0;
}

// Grid: [blocks, samples].
template <class T, int N, Classes kHow>
__global__ void __launch_bounds__(kThreads, resident(N)) forward_kernel(SoftmaxBatch b, double* partial) {
  SEG_SHARED_MEMORY(float4, shared_packs);  // [kWarps, 8 classes + 2] floats, then the warps' tiles
  float* shared = reinterpret_cast<float*>(shared_packs);
  const int classes = static_cast<int>(b.classes), size = 8 * classes + 2;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarp, lane = thread % kWarp;
  for (int i = thread; i < kWarps * size; i += kThreads) shared[i] = 0;
  __syncthreads();

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
  if (lane == 0) to.sums[8 * classes] = ce_rest, to.sums[8 * classes + 1] = ce_contour;
  __syncthreads();

  double* out = partial + (sample * gridDim.x + blockIdx.x) * size;
  for (int i = thread; i < size; i += kThreads) {
    double sum = 0;
    for (int w = 0; w < kWarps; ++w) sum += shared[w * size + i];
    out[i] = sum;
  }
}

// result[sample, i] = the sum over the blocks. Grid: [size / 32, samples], block: [32, kRows].
constexpr int kRows = 32;
__global__ void sum_blocks_kernel(const double* partial, int blocks, int size, double* result) {
  __shared__ double sums[kRows][kWarp];
  const int i = static_cast<int>(blockIdx.x * kWarp + threadIdx.x), row = static_cast<int>(threadIdx.y);
  const double* from = partial + static_cast<std::int64_t>(blockIdx.y) * blocks * size;
  double sum = 0;
  if (i < size)
    for (int k = row; k < blocks; k += kRows) sum += from[static_cast<std::int64_t>(k) * size + i];
  sums[row][threadIdx.x] = sum;
  __syncthreads();
  if (row != 0 || i >= size) return;
  for (int k = 1; k < kRows; ++k) sum += sums[k][threadIdx.x];
  result[static_cast<std::int64_t>(blockIdx.y) * size + i] = sum;
}

// The derivatives of the loss by the sums of a voxel's part.
struct Slopes {
  const float *pg, *p2, *p;  // [classes]
  float ce;                  // times the voxel's weight
};

// x_j becomes p_j (u_j - sum_k p_k u_k) + d_ce (p_j - g_j), u_j = d_pg g_j + 2 d_p2 p_j + d_p.
template <class T, int N, Classes kHow>
__device__ void row_gradient(Row<T, N, kHow>& row, float x_own, const Slopes& d, int y, int classes) {
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
__device__ void long_gradient(const T* x, T* dx, std::int64_t stride, const Slopes& d, int y, int classes) {
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
__device__ Slopes slopes_of(const SoftmaxBatch& b, const float* slope, std::int64_t i, int classes) {
  const int part = b.contour != nullptr && b.contour[i] != 0;
  const float* own = slope + part * 4 * classes;
  const float weight = b.weight != nullptr ? b.weight[i] : 1.f;
  return {own, own + classes, own + 2 * classes, slope[8 * classes + part] * weight};
}

// A voxel by itself: with a row in registers, or without.
template <class T, int N, Classes kHow>
__device__ void write_gradient(const SoftmaxBatch& b, const float* slope, const Target<T>& at, int classes) {
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
__device__ void write_tiled_gradient(const SoftmaxBatch& b, const float* slope, const Target<T>& at, std::int64_t rest, int lane, T* tile) {
  const Tile<T, N> rows{tile};
  rows.load(at.x - lane * N, rest, lane);
  Row<T, N, Classes::packed> row;
  SEG_UNROLL
  for (int j = 0; j < N; ++j) row.x[j] = 0;
  const int y = at.inside ? b.labels[at.i] : kIgnored;
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
  SEG_SHARED_MEMORY(float4, shared_packs);  // 8 classes + 2 floats, padded to a pack, then the warps' tiles
  float* slope = reinterpret_cast<float*>(shared_packs);
  const int classes = static_cast<int>(b.classes), size = 8 * classes + 2, thread = static_cast<int>(threadIdx.x);
  const std::int64_t sample = blockIdx.y, v = static_cast<std::int64_t>(blockIdx.x) * kThreads + thread;
  for (int i = thread; i < size; i += kThreads) slope[i] = slopes[sample * size + i];
  __syncthreads();
  const std::int64_t first = sample * b.classes * b.voxels + v * b.voxel_stride;
  const Target<T> at{static_cast<const T*>(b.logits) + first, gradient + first, sample * b.voxels + v, v < b.voxels};
  if constexpr (kTiled<T, N, kHow>) {
    const int lane = thread % kWarp;
    T* tile = reinterpret_cast<T*>(slope + padded(size)) + thread / kWarp * Tile<T, N>::kElements;
    write_tiled_gradient<T, N>(b, slope, at, b.voxels - (v - lane), lane, tile);
  } else {
    write_gradient<T, N, kHow>(b, slope, at, classes);
  }
}

}  // namespace

std::int64_t softmax_cuda_blocks(std::int64_t voxels) { return voxels == 0 ? 1 : blocks_of(voxels, kTiles * kTile); }

namespace {

// work(std::integral_constant<int, N>, how the classes lie) for the N that holds the classes, 0 where none does.
template <class T, int N, class Work>
const char* with_classes(const SoftmaxBatch& b, bool aligned, Work work) {
  constexpr std::integral_constant<int, N> n;
  const bool all = b.classes == N;
  if (N % kWidePack<T> == 0 && all && b.class_stride == 1 && aligned)
    return work(n, std::integral_constant<Classes, N % kWidePack<T> == 0 ? Classes::packed : Classes::all>());
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
const char* forward_as(const SoftmaxBatch& b, double* partial, double* result, CUstream_st* stream) {
  if (b.samples == 0) return nullptr;
  const int size = static_cast<int>(8 * b.classes + 2), blocks = static_cast<int>(softmax_cuda_blocks(b.voxels));
  const auto samples = static_cast<unsigned>(b.samples);
  const dim3 grid(static_cast<unsigned>(blocks), samples), columns(blocks_of(size, kWarp), samples);
  const char* error = with_row<T>(b, wide_aligned(b.logits), [&](auto n, auto how) {
    constexpr int tile = tile_elements<T, decltype(n)::value, decltype(how)::value>();
    return launch(forward_kernel<T, decltype(n)::value, decltype(how)::value>, grid, dim3(kThreads),
                  kWarps * (size * sizeof(float) + tile * sizeof(T)), stream, b, partial);
  });
  if (error) return error;
  return launch(sum_blocks_kernel, columns, dim3(kWarp, kRows), 0, stream, static_cast<const double*>(partial), blocks, size, result);
}

template <class T>
const char* backward_as(const SoftmaxBatch& b, const float* slopes, void* gradient, CUstream_st* stream) {
  if (b.samples * b.voxels == 0) return nullptr;
  const dim3 grid(blocks_of(b.voxels, kThreads), static_cast<unsigned>(b.samples));
  return with_row<T>(b, wide_aligned(b.logits) && wide_aligned(gradient), [&](auto n, auto how) {
    constexpr int tile = tile_elements<T, decltype(n)::value, decltype(how)::value>();
    const auto floats = static_cast<std::size_t>(padded(static_cast<int>(8 * b.classes + 2)));
    return launch(backward_kernel<T, decltype(n)::value, decltype(how)::value>, grid, dim3(kThreads),
                  floats * sizeof(float) + kWarps * tile * sizeof(T), stream, b, slopes, static_cast<T*>(gradient));
  });
}

}  // namespace

const char* softmax_cuda_forward(const SoftmaxBatch& batch, double* partial, double* result, CUstream_st* stream) {
  switch (batch.type) {
    case LogitType::float32: return forward_as<float>(batch, partial, result, stream);
    case LogitType::bfloat16: return forward_as<__nv_bfloat16>(batch, partial, result, stream);
    default: return forward_as<__half>(batch, partial, result, stream);
  }
}

const char* softmax_cuda_backward(const SoftmaxBatch& batch, const float* slopes, void* gradient, CUstream_st* stream) {
  switch (batch.type) {
    case LogitType::float32: return backward_as<float>(batch, slopes, gradient, stream);
    case LogitType::bfloat16: return backward_as<__nv_bfloat16>(batch, slopes, gradient, stream);
    default: return backward_as<__half>(batch, slopes, gradient, stream);
  }
}

}  // namespace seg
