// Window minimum and maximum, axis by axis. A thread owns four neighbours of a row, the bytes of
// one word, and takes their minima and maxima at once; what it reads over and over lies in the
// caches.
#include "contour/contour_cuda.h"
#include "core/cuda_kernel.h"

#include <algorithm>

namespace seg {
namespace {

using Word = std::uint32_t;  // four labels of a row, the first in the lowest byte

constexpr int kThreads = 256, kIgnored = 255;
constexpr unsigned kMostPlanes = 65535;

// The volume as words: rows of `words` of them, the last padded.
struct Grid {
  int depth, height, width, words;
  unsigned planes;  // samples * depth
  int back, forward;

  __device__ std::int64_t row(unsigned plane, int y) const {
    return static_cast<std::int64_t>(plane) * height + y;
  }
};

// Smallest and largest labels of windows. An ignored voxel, or none, is 255 and 0: neither.
struct Extrema {
  Word lo = 0xffffffffu, hi = 0;
  __device__ void add(Word low, Word high) { lo = __vminu4(lo, low), hi = __vmaxu4(hi, high); }
};

// Word w of a row of labels; what is beyond the row counts as ignored.
__device__ Word label_word(const std::uint8_t* row, int w, int width, bool aligned) {
  if (w < 0 || 4 * w >= width) return 0xffffffffu;
  if (aligned && 4 * w + 4 <= width) return *reinterpret_cast<const Word*>(row + 4 * w);
  Word word = 0;
  for (int k = 0; k < 4; ++k)
    word |= static_cast<Word>(4 * w + k < width ? row[4 * w + k] : kIgnored) << (8 * k);
  return word;
}

// The thread's word of a plane: false where there is none.
__device__ bool place_of(const Grid& g, int* y, int* w) {
  const int i = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  *y = i / g.words, *w = i % g.words;
  return *y < g.height;
}

// Grid: [words of a plane / kThreads, planes].
__global__ void window_x_kernel(const std::uint8_t* labels, Grid g, bool aligned, Word* lo,
                                Word* hi) {
  int y, w;
  if (!place_of(g, &y, &w)) return;
  const int first = 4 * w - g.back, begin = first >> 2;  // floor
  for (unsigned plane = blockIdx.y; plane < g.planes; plane += gridDim.y) {
    const std::uint8_t* row = labels + g.row(plane, y) * g.width;
    Extrema e;
    Word next = label_word(row, begin, g.width, aligned);
    int at = begin;
    // Offset by offset: the four voxels' neighbours are the bytes first + t .. first + t + 3.
    for (int t = 0, shift = first & 3; t <= g.back + g.forward;) {
      const Word low = next;
      next = label_word(row, ++at, g.width, aligned);
      for (; shift < 4 && t <= g.back + g.forward; ++shift, ++t) {
        const Word l = __funnelshift_r(low, next, 8 * static_cast<unsigned>(shift));
        e.add(l, l & ~__vcmpeq4(l, 0xffffffffu));
      }
      shift = 0;
    }
    const std::int64_t to = g.row(plane, y) * g.words + w;
    lo[to] = e.lo, hi[to] = e.hi;
  }
}

// Over the words at `place` and its neighbours along an axis of `size`, `stride` words apart.
__device__ Extrema along(const Word* lo, const Word* hi, std::int64_t at, int place, int size,
                         std::int64_t stride, const Grid& g) {
  const int before = place < g.back ? place : g.back;
  const int after = size - 1 - place < g.forward ? size - 1 - place : g.forward;
  Extrema e;
  at -= before * stride;
  for (int t = -before; t <= after; ++t, at += stride) e.add(lo[at], hi[at]);
  return e;
}

__global__ void window_y_kernel(const Word* lo, const Word* hi, Grid g, Word* lo_out,
                                Word* hi_out) {
  int y, w;
  if (!place_of(g, &y, &w)) return;
  for (unsigned plane = blockIdx.y; plane < g.planes; plane += gridDim.y) {
    const std::int64_t at = g.row(plane, y) * g.words + w;
    const Extrema e = along(lo, hi, at, y, g.height, g.words, g);
    lo_out[at] = e.lo, hi_out[at] = e.hi;
  }
}

__device__ bool leaves(int place, int size, const Grid& g) {
  return place < g.back || place + g.forward >= size;
}

// 0xff in the bytes of the voxels whose window leaves the volume.
__device__ Word border(const Grid& g, int z, int y, int w) {
  if (leaves(z, g.depth, g) || leaves(y, g.height, g)) return 0xffffffffu;
  Word mask = 0;
  for (int k = 0; k < 4; ++k)
    if (leaves(4 * w + k, g.width, g)) mask |= 0xffu << (8 * k);
  return mask;
}

__device__ Word each(int label) { return 0x01010101u * static_cast<Word>(label); }

// The last axis, z, and the comparison.
__global__ void contour_kernel(const Word* lo, const Word* hi, const std::uint8_t* labels, Grid g,
                               bool aligned, ContourOf of, std::uint8_t* out) {
  int y, w;
  if (!place_of(g, &y, &w)) return;
  for (unsigned plane = blockIdx.y; plane < g.planes; plane += gridDim.y) {
    const int z = static_cast<int>(plane % static_cast<unsigned>(g.depth));
    const std::int64_t row = g.row(plane, y), slice = static_cast<std::int64_t>(g.height) * g.words;
    const Extrema e = along(lo, hi, row * g.words + w, z, g.depth, slice, g);
    const Word label = label_word(labels + row * g.width, w, g.width, aligned);
    const Word asked = __vcmpgeu4(label, each(of.first)) & __vcmpltu4(label, each(of.classes));
    Word contour = __vcmpne4(e.lo, e.hi);
    if (of.zero_border) contour |= border(g, z, y, w);
    contour &= asked & 0x01010101u;
    std::uint8_t* to = out + row * g.width + 4 * w;
    if (aligned && 4 * w + 4 <= g.width) {
      *reinterpret_cast<Word*>(to) = contour;
      continue;
    }
    for (int k = 0; k < 4 && 4 * w + k < g.width; ++k) to[k] = contour >> (8 * k) & 1;
  }
}

}  // namespace

const char* cuda_window_contour(const LabelGrid& l, std::int64_t back, std::int64_t forward,
                                ContourOf of, std::uint32_t* work, std::uint8_t* out,
                                CUstream_st* stream) {
  if (l.voxels() == 0) return nullptr;
  constexpr std::int64_t kMost = 1 << 30;
  if (l.width > kMost || l.height * ((l.width + 3) / 4) > kMost || l.samples * l.depth > kMost)
    return "the volume is too large";
  const auto reach = [&](std::int64_t n) {  // no farther than the longest axis
    return static_cast<int>(std::min(n, std::max({l.depth, l.height, l.width})));
  };
  const Grid g{static_cast<int>(l.depth),
               static_cast<int>(l.height),
               static_cast<int>(l.width),
               static_cast<int>((l.width + 3) / 4),
               static_cast<unsigned>(l.samples * l.depth),
               reach(back),
               reach(forward)};
  const auto address =
      reinterpret_cast<std::uintptr_t>(l.labels) | reinterpret_cast<std::uintptr_t>(out);
  const bool aligned = l.width % 4 == 0 && address % 4 == 0;
  const std::int64_t n = window_contour_words(l) / 4;
  Word *lo1 = work, *hi1 = work + n, *lo2 = work + 2 * n, *hi2 = work + 3 * n;
  using Words = const Word*;
  const dim3 grid(blocks_of(static_cast<std::int64_t>(g.height) * g.words, kThreads),
                  std::min(g.planes, kMostPlanes));
  if (const char* error =
          launch(window_x_kernel, grid, dim3(kThreads), 0, stream, l.labels, g, aligned, lo1, hi1))
    return error;
  if (const char* error = launch(window_y_kernel, grid, dim3(kThreads), 0, stream, Words(lo1),
                                 Words(hi1), g, lo2, hi2))
    return error;
  return launch(contour_kernel, grid, dim3(kThreads), 0, stream, Words(lo2), Words(hi2), l.labels,
                g, aligned, of, out);
}

}  // namespace seg
