// Window minimum and maximum, axis by axis; a thread owns a voxel and reads its window, which the first-level cache holds.
#include "contour/contour_cuda.h"
#include "core/cuda_kernel.h"

namespace seg {
namespace {

constexpr int kThreads = 256, kIgnored = 255;

// An axis of the volume, and how far the window reaches along it.
struct Axis {
  std::int64_t size, stride, back, forward;
};

// Smallest and largest label of a window; an ignored voxel is neither.
struct Extrema {
  int lo = kIgnored, hi = 0;
  __device__ void add(int low, int high) { lo = low < lo ? low : lo, hi = high > hi ? high : hi; }
};

// lo and hi are the labels themselves on the first axis (first = true), else what the axis before left.
__device__ Extrema window(const std::uint8_t* lo, const std::uint8_t* hi, bool first, std::int64_t v, Axis a) {
  const std::int64_t place = v / a.stride % a.size;
  const std::int64_t begin = place < a.back ? -place : -a.back, last = a.size - 1 - place, end = last < a.forward ? last : a.forward;
  Extrema e;
  for (std::int64_t t = begin; t <= end; ++t) {
    const int low = lo[v + t * a.stride], high = hi[v + t * a.stride];
    e.add(low, first && high == kIgnored ? 0 : high);
  }
  return e;
}

__global__ void slide_kernel(const std::uint8_t* lo, const std::uint8_t* hi, bool first, std::int64_t voxels, Axis a, std::uint8_t* lo_out,
                             std::uint8_t* hi_out) {
  const std::int64_t v = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (v >= voxels) return;
  const Extrema e = window(lo, hi, first, v, a);
  lo_out[v] = static_cast<std::uint8_t>(e.lo), hi_out[v] = static_cast<std::uint8_t>(e.hi);
}

__device__ bool leaves(std::int64_t v, Axis a) {
  const std::int64_t place = v / a.stride % a.size;
  return place < a.back || place + a.forward >= a.size;
}

// The last axis, z, and the comparison.
__global__ void contour_kernel(const std::uint8_t* lo, const std::uint8_t* hi, const std::uint8_t* labels, std::int64_t voxels, Axis z,
                               Axis y, Axis x, ContourOf of, std::uint8_t* out) {
  const std::int64_t v = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (v >= voxels) return;
  const Extrema e = window(lo, hi, false, v, z);
  const bool asked = labels[v] >= of.first && labels[v] < of.classes;
  const bool outside = of.zero_border && (leaves(v, z) || leaves(v, y) || leaves(v, x));
  out[v] = asked && (e.lo != e.hi || outside);
}

}  // namespace

const char* cuda_window_contour(const LabelGrid& grid, std::int64_t back, std::int64_t forward, ContourOf of, std::uint8_t* work,
                                std::uint8_t* out, CUstream_st* stream) {
  const std::int64_t n = grid.voxels();
  const Axis x{grid.width, 1, back, forward}, y{grid.height, grid.width, back, forward},
      z{grid.depth, grid.height * grid.width, back, forward};
  std::uint8_t *lo1 = work, *hi1 = work + n, *lo2 = work + 2 * n, *hi2 = work + 3 * n;
  using Bytes = const std::uint8_t*;
  if (const char* error =
          launch(slide_kernel, dim3(blocks_of(n, kThreads)), dim3(kThreads), 0, stream, grid.labels, grid.labels, true, n, x, lo1, hi1))
    return error;
  if (const char* error =
          launch(slide_kernel, dim3(blocks_of(n, kThreads)), dim3(kThreads), 0, stream, Bytes(lo1), Bytes(hi1), false, n, y, lo2, hi2))
    return error;
  return launch(contour_kernel, dim3(blocks_of(n, kThreads)), dim3(kThreads), 0, stream, Bytes(lo2), Bytes(hi2), grid.labels, n, z, y, x,
                of, out);
}

}  // namespace seg
