// Window minimum and maximum, axis by axis. A thread owns four neighbours of a row, the bytes of
// one word, and across the rows four such words, whose windows have most in common.
#include "contour/contour_cuda.h"
#include "core/cuda_kernel.h"
#include "core/ignore.h"

#include <algorithm>

namespace seg {
namespace {

using Word = std::uint32_t;  // four labels of a row, the first in the lowest byte

constexpr int kThreads = 256;
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

// Smallest and largest labels of four voxels' windows, 16 bits each: so newer GPUs take two at
// once. An ignored voxel, or none, is 255 and 0: neither.
struct Extrema {
  Word lo01 = 0x00ff00ffu, lo23 = 0x00ff00ffu, hi01 = 0, hi23 = 0;

  __device__ static Word first(Word bytes) { return __byte_perm(bytes, 0, 0x4140); }
  __device__ static Word second(Word bytes) { return __byte_perm(bytes, 0, 0x4342); }
  __device__ void add(Word low, Word high) {
    lo01 = __vminu2(lo01, first(low));
    lo23 = __vminu2(lo23, second(low));
    hi01 = __vmaxu2(hi01, first(high));
    hi23 = __vmaxu2(hi23, second(high));
  }
  __device__ void add(const Extrema& e) {
    lo01 = __vminu2(lo01, e.lo01);
    lo23 = __vminu2(lo23, e.lo23);
    hi01 = __vmaxu2(hi01, e.hi01);
    hi23 = __vmaxu2(hi23, e.hi23);
  }
  __device__ Word lo() const { return __byte_perm(lo01, lo23, 0x6420); }
  __device__ Word hi() const { return __byte_perm(hi01, hi23, 0x6420); }
};

// Word w of a row of labels; what is beyond the row counts as ignored.
__device__ Word label_word(const std::uint8_t* row, int w, int width, bool aligned) {
  if (w < 0 || 4 * w >= width) return 0xffffffffu;
  if (aligned && 4 * w + 4 <= width) return *reinterpret_cast<const Word*>(row + 4 * w);
  Word word = 0;
  for (int k = 0; k < 4; ++k)
    word |= static_cast<Word>(4 * w + k < width ? row[4 * w + k] : kIgnore) << (8 * k);
  return word;
}

__device__ void put_word(std::uint8_t* row, int w, int width, bool aligned, Word word) {
  if (aligned && 4 * w + 4 <= width) {
    *reinterpret_cast<Word*>(row + 4 * w) = word;
    return;
  }
  for (int k = 0; k < 4 && 4 * w + k < width; ++k) row[4 * w + k] = word >> (8 * k) & 255;
}

// The thread's word w of row y, of a plane of so many rows; false where there is none.
__device__ bool place_of(const Grid& g, int rows, int* y, int* w) {
  const int i = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  *y = i / g.words;
  *w = i % g.words;
  return *y < rows;
}

__device__ Word without_ignored(Word labels) { return labels & ~__vcmpeq4(labels, 0xffffffffu); }

// Grid: [words of a plane / kThreads, planes].
__global__ void window_x_kernel(const std::uint8_t* labels, Grid g, bool aligned, Word* lo,
                                Word* hi) {
  int y, w;
  if (!place_of(g, g.height, &y, &w)) return;
  const int first = 4 * w - g.back, begin = first >> 2;  // floor
  for (unsigned plane = blockIdx.y; plane < g.planes; plane += gridDim.y) {
    const std::uint8_t* row = labels + g.row(plane, y) * g.width;
    Extrema e;
    Word next = label_word(row, begin, g.width, aligned), next_high = without_ignored(next);
    int at = begin;
    // Offset by offset: the four voxels' neighbours are the bytes first + t .. first + t + 3.
    for (int t = 0, shift = first & 3; t <= g.back + g.forward;) {
      const Word low = next, high = next_high;
      next = label_word(row, ++at, g.width, aligned);
      next_high = without_ignored(next);
      for (; shift < 4 && t <= g.back + g.forward; ++shift, ++t) {
        const auto bits = 8 * static_cast<unsigned>(shift);
        e.add(__funnelshift_r(low, next, bits), __funnelshift_r(high, next_high, bits));
      }
      shift = 0;
    }
    const std::int64_t to = g.row(plane, y) * g.words + w;
    lo[to] = e.lo();
    hi[to] = e.hi();
  }
}

constexpr int kOwn = 4;  // places of a thread along the y or z axis

// Words along an axis of the volume, `stride` apart.
struct Line {
  const Word *lo, *hi;
  std::int64_t stride;
  int size;

  __device__ void add_to(Extrema& e, int place) const {
    if (place >= 0 && place < size) e.add(lo[place * stride], hi[place * stride]);
  }
};

// The windows of the places first .. first + kOwn - 1: what all have in common, then place by place
// what the windows before and after it have more.
__device__ void windows(const Line& line, int first, const Grid& g, Extrema (&out)[kOwn]) {
  const int begin = first + kOwn - 1 - g.back, end = first + g.forward;  // in common
  if (begin > end) {
    for (int k = 0; k < kOwn; ++k)
      for (int t = -g.back; t <= g.forward; ++t) line.add_to(out[k], first + k + t);
    return;
  }
  Extrema common, more;
  for (int place = begin; place <= end; ++place) line.add_to(common, place);
  out[kOwn - 1].add(common);
  SEG_UNROLL
  for (int k = kOwn - 2; k >= 0; --k) {
    line.add_to(more, begin - (kOwn - 1 - k));
    out[k].add(common);
    out[k].add(more);
  }
  more = {};
  SEG_UNROLL
  for (int k = 1; k < kOwn; ++k) {
    line.add_to(more, end + k);
    out[k].add(more);
  }
}

__device__ int groups_of(int places) { return (places + kOwn - 1) / kOwn; }

__global__ void window_y_kernel(const Word* lo, const Word* hi, Grid g, Word* lo_out,
                                Word* hi_out) {
  int y, w;
  if (!place_of(g, groups_of(g.height), &y, &w)) return;
  y *= kOwn;
  for (unsigned plane = blockIdx.y; plane < g.planes; plane += gridDim.y) {
    const std::int64_t top = g.row(plane, 0) * g.words + w;
    Extrema e[kOwn];
    windows({lo + top, hi + top, g.words, g.height}, y, g, e);
    SEG_UNROLL
    for (int k = 0; k < kOwn; ++k) {
      const std::int64_t at = top + static_cast<std::int64_t>(y + k) * g.words;
      if (y + k < g.height) {
        lo_out[at] = e[k].lo();
        hi_out[at] = e[k].hi();
      }
    }
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

// Which voxels of word w are contour, given their windows.
__device__ Word contour_of(const Extrema& e, Word label, const Grid& g, ContourOf of, int z, int y,
                           int w) {
  const Word asked = __vcmpgeu4(label, each(of.first)) & __vcmpltu4(label, each(of.classes));
  Word contour = __vcmpne4(e.lo(), e.hi());
  if (of.zero_border) contour |= border(g, z, y, w);
  return contour & asked & 0x01010101u;
}

// The last axis, z, and the comparison. Grid: [words of a plane / kThreads, groups of slices].
__global__ void contour_kernel(const Word* lo, const Word* hi, const std::uint8_t* labels, Grid g,
                               bool aligned, ContourOf of, std::uint8_t* out) {
  int y, w;
  if (!place_of(g, g.height, &y, &w)) return;
  const auto depth = static_cast<unsigned>(g.depth),
             groups = static_cast<unsigned>(groups_of(g.depth));
  for (unsigned group = blockIdx.y; group < g.planes / depth * groups; group += gridDim.y) {
    const int z = static_cast<int>(group % groups) * kOwn;
    const std::int64_t row = g.row(group / groups * depth, y), top = row * g.words + w;
    Extrema e[kOwn];
    windows({lo + top, hi + top, static_cast<std::int64_t>(g.height) * g.words, g.depth}, z, g, e);
    SEG_UNROLL
    for (int k = 0; k < kOwn; ++k) {
      if (z + k >= g.depth) continue;
      const std::int64_t at = (row + static_cast<std::int64_t>(z + k) * g.height) * g.width;
      const Word label = label_word(labels + at, w, g.width, aligned);
      put_word(out + at, w, g.width, aligned, contour_of(e[k], label, g, of, z + k, y, w));
    }
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
  const std::int64_t slices = (l.depth + kOwn - 1) / kOwn * l.samples;
  const auto grid = [&](std::int64_t rows, std::int64_t planes) {
    return dim3(blocks_of(rows * g.words, kThreads),
                static_cast<unsigned>(std::min<std::int64_t>(planes, kMostPlanes)));
  };
  const dim3 block(kThreads);
  if (const char* error = launch(window_x_kernel, grid(l.height, g.planes), block, 0, stream,
                                 l.labels, g, aligned, lo1, hi1))
    return error;
  if (const char* error = launch(window_y_kernel, grid((l.height + kOwn - 1) / kOwn, g.planes),
                                 block, 0, stream, Words(lo1), Words(hi1), g, lo2, hi2))
    return error;
  return launch(contour_kernel, grid(l.height, slices), block, 0, stream, Words(lo2), Words(hi2),
                l.labels, g, aligned, of, out);
}

}  // namespace seg
