#pragma once
// The CPU kernels of Winograd's convolution (winograd.h has the equation): plain C++, no Torch, one
// compilation per instruction set.
//
// A volume is cut into tiles of m^3 voxels. A transformed chunk of tiles holds, for each of the n^3
// points p of the transform, a matrix: element (tile, channel) stands at data[p * point_stride +
// tile * row + channel], row a multiple of winograd_lanes, channels past the volume's zero.
#include "core/processor.h"
#include "normalisation/finish.h"

#include <cstdint>

namespace seg {

constexpr int winograd_lanes = 16;  // channels in the widest vector
static_assert(finish_padding % winograd_lanes == 0);

// F(m, r) along each axis: n = 6 or 8 points, filters of r = 3 or 5 taps.
struct WinogradSize {
  int points = 6, taps = 3;
  constexpr int tile() const { return points + 1 - taps; }  // m
  constexpr int all_points() const { return points * points * points; }
};

// A volume [batch, depth, height, width, channels] in this order in memory, float32 or bfloat16.
struct WinogradVolume {
  void* data = nullptr;
  bool bfloat16 = false;
  std::int64_t batch = 0, depth = 0, height = 0, width = 0, channels = 0;
};

// Tiles first, first + 1, ... first + count - 1 of a volume, W fastest, then H, D, batch.
struct WinogradTiles {
  std::int64_t first = 0, count = 0;
  std::int64_t point_stride = 0, row = 0;  // of the transformed chunk, in floats
  std::int64_t channels = 0;               // to transform; a multiple of winograd_lanes

  WinogradTiles only(std::int64_t i) const {
    WinogradTiles one = *this;
    one.first += i;
    one.count = 1;
    return one;
  }
};

// What is done to the output last: a finish, or the bias [channels] added, or, null, nothing.
struct WinogradLast {
  const Finish* finish = nullptr;
  const float* bias = nullptr;
};

struct WinogradMatrix {
  float* data = nullptr;
  std::int64_t row = 0;  // stride
};

// c [rows, columns] = a b, or added to it; a [rows, inner], or [inner, rows] where transposed, b
// [inner, columns]. columns is a multiple of winograd_lanes.
struct WinogradProduct {
  WinogradMatrix a, b, c;
  std::int64_t rows = 0, inner = 0, columns = 0;
  bool transposed = false, add = false;
};

struct WinogradKernels {
  WinogradSize size;
  int lanes;  // filters in a vector
  int rows;   // a chunk best has a multiple of so many tiles
  // B^T d, d the n^3 voxels about each tile, zero outside the volume.
  void (*input)(const WinogradVolume& volume, const WinogradTiles& tiles, float* transformed);
  // A y, y the m^3 voxels of each tile, zero outside the volume; adds the y of each channel to
  // sums [tiles.channels].
  void (*output_gradient)(const WinogradVolume& volume, const WinogradTiles& tiles,
                          float* transformed, float* sums);
  // The volume's voxels of each tile = last(A^T t).
  void (*output)(const float* transformed, const WinogradTiles& tiles, const WinogradLast& last,
                 const WinogradVolume& volume);
  // For a vector of filters: [r^3, lanes] -> G g, [n^3, lanes]. tap, point: strides.
  void (*filter)(const float* taps, std::int64_t tap, float* points, std::int64_t point);
  // The other way round, G^T u.
  void (*filter_gradient)(const float* points, std::int64_t point, float* taps, std::int64_t tap);
  void (*multiply)(const WinogradProduct& product);
};

SEG_EACH_SET(WinogradKernels winograd_kernels(WinogradSize size))

// The sets that may run here, slowest first.
std::vector<NamedKernels<WinogradKernels>> all_winograd_kernels(WinogradSize size);

}  // namespace seg
