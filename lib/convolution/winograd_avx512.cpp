// Winograd's kernels for AVX-512 F, BW, DQ, VL.
#include "convolution/winograd_kernel.h"
#include "convolution/winograd_transforms.h"

#include <cstring>

namespace seg {
namespace {

typedef std::uint16_t Halves __attribute__((vector_size(32), aligned(2)));
typedef std::uint32_t Words __attribute__((vector_size(64)));
typedef float Unaligned __attribute__((vector_size(64), aligned(4)));

Lanes load(const float* from) { return *reinterpret_cast<const Unaligned*>(from); }
void store(float* to, Lanes value) { *reinterpret_cast<Unaligned*>(to) = value; }

Lanes load(const std::uint16_t* from) {
  return reinterpret_cast<Lanes>(
      __builtin_convertvector(*reinterpret_cast<const Halves*>(from), Words) << 16);
}

// To the nearest bfloat16, ties to even; NaN stays NaN.
void store(std::uint16_t* to, Lanes value) {
  const Words bits = reinterpret_cast<Words>(value);
  const Words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const Words chosen = value == value ? rounded : Words{} + 0x7fc0u;
  *reinterpret_cast<Halves*>(to) = __builtin_convertvector(chosen, Halves);
}

// The first `count` of 16 values, the others zero.
template <class X>
Lanes load(const X* from, int count) {
  X values[lanes] = {};
  std::memcpy(values, from, count * sizeof(X));
  return load(values);
}
template <class X>
void store(X* to, Lanes value, int count) {
  X values[lanes];
  store(values, value);
  std::memcpy(to, values, count * sizeof(X));
}

// A tile's place in a volume: `size`^3 voxels from `margin` before the tile's first.
struct Place {
  std::int64_t sample, d, h, w;
  bool inside = false;  // all of its voxels are in the volume

  Place(const WinogradVolume& volume, std::int64_t tile, int m, int margin, int size) {
    const std::int64_t across = (volume.width + m - 1) / m, down = (volume.height + m - 1) / m,
                       deep = (volume.depth + m - 1) / m;
    w = tile % across * m - margin;
    h = tile / across % down * m - margin;
    d = tile / (across * down) % deep * m - margin;
    sample = tile / (across * down * deep);
    inside = d >= 0 && h >= 0 && w >= 0 && d + size <= volume.depth && h + size <= volume.height &&
             w + size <= volume.width;
  }
};

template <class X>
struct Voxels {
  X* data;
  std::int64_t depth, height, width, channels;
  explicit Voxels(const WinogradVolume& volume)
      : data(static_cast<X*>(volume.data)),
        depth(volume.depth),
        height(volume.height),
        width(volume.width),
        channels(volume.channels) {}
  X* at(const Place& place, std::int64_t d, std::int64_t h, std::int64_t w) const {
    return data +
           (((place.sample * depth + place.d + d) * height + place.h + h) * width + place.w + w) *
               channels;
  }
  bool holds(const Place& place, int d, int h, int w) const {
    const std::int64_t z = place.d + d, y = place.h + h, x = place.w + w;
    return z >= 0 && y >= 0 && x >= 0 && z < depth && y < height && x < width;
  }
};

// The channels of the volume in the vector that begins at `channel`.
int lanes_at(const WinogradVolume& volume, std::int64_t channel) {
  return static_cast<int>(volume.channels - channel < lanes ? volume.channels - channel : lanes);
}

// The cubes about the tiles, through transform T.
template <class T, int m, int margin, class X>
void take(const WinogradVolume& volume, const WinogradTiles& tiles, float* transformed) {
  const Voxels<const X> voxels(volume);
  for (std::int64_t t = 0; t < tiles.count; ++t) {
    const Place place(volume, tiles.first + t, m, margin, T::from);
    for (std::int64_t channel = 0; channel < tiles.channels; channel += lanes) {
      float* to = transformed + t * tiles.channels + channel;
      const auto put = [&](int d, int h, int w, Lanes value) {
        store(to + ((d * points + h) * points + w) * tiles.point_stride, value);
      };
      const std::int64_t from = tiles.first_channel + channel;
      const int count = lanes_at(volume, from);
      if (place.inside && count == lanes) {
        const X* corner = voxels.at(place, 0, 0, 0) + from;
        const std::int64_t row = voxels.width * voxels.channels, plane = voxels.height * row;
        transform_cube<T>(
            [&](int d, int h, int w) {
              return load(corner + d * plane + h * row + w * voxels.channels);
            },
            put);
      } else {
        transform_cube<T>(
            [&](int d, int h, int w) {
              if (!voxels.holds(place, d, h, w)) return Lanes{};
              const X* voxel = voxels.at(place, d, h, w) + from;
              return count == lanes ? load(voxel) : load(voxel, count);
            },
            put);
      }
    }
  }
}

template <int m, class X>
void give(const float* transformed, const WinogradTiles& tiles, const float* bias,
          const WinogradVolume& volume) {
  const Voxels<X> voxels(volume);
  for (std::int64_t t = 0; t < tiles.count; ++t) {
    const Place place(volume, tiles.first + t, m, 0, m);
    for (std::int64_t channel = 0; channel < volume.channels; channel += lanes) {
      const float* from = transformed + t * tiles.channels + channel;
      const int count = lanes_at(volume, channel);
      const Lanes offset = bias ? load(bias + channel, count) : Lanes{};
      transform_cube<OutputTransform<m>>(
          [&](int d, int h, int w) {
            return load(from + ((d * points + h) * points + w) * tiles.point_stride);
          },
          [&](int d, int h, int w, Lanes value) {
            value += offset;
            if (count == lanes && place.inside)
              store(voxels.at(place, d, h, w) + channel, value);
            else if (voxels.holds(place, d, h, w))
              store(voxels.at(place, d, h, w) + channel, value, count);
          });
    }
  }
}

template <int r>
void input(const WinogradVolume& volume, const WinogradTiles& tiles, float* transformed) {
  const auto work = volume.bfloat16 ? take<InputTransform, 9 - r, r / 2, std::uint16_t>
                                    : take<InputTransform, 9 - r, r / 2, float>;
  work(volume, tiles, transformed);
}

template <int r>
void output_gradient(const WinogradVolume& volume, const WinogradTiles& tiles, float* transformed) {
  constexpr int m = 9 - r;
  const auto work = volume.bfloat16 ? take<OutputGradientTransform<m>, m, 0, std::uint16_t>
                                    : take<OutputGradientTransform<m>, m, 0, float>;
  work(volume, tiles, transformed);
}

template <int r>
void output(const float* transformed, const WinogradTiles& tiles, const float* bias,
            const WinogradVolume& volume) {
  (volume.bfloat16 ? give<9 - r, std::uint16_t> : give<9 - r, float>)(transformed, tiles, bias,
                                                                      volume);
}

// Cubes of T::from^3 elements `step` apart to cubes of T::to^3 elements `to_step` apart, a row of
// 16 filters after the other.
template <class T>
void filters(const float* from, std::int64_t step, std::int64_t row, std::int64_t count, float* to,
             std::int64_t to_step, std::int64_t to_row) {
  for (std::int64_t i = 0; i < count; ++i)
    transform_cube<T>(
        [&](int d, int h, int w) {
          return load(from + i * row + ((d * T::from + h) * T::from + w) * step);
        },
        [&](int d, int h, int w, Lanes value) {
          store(to + i * to_row + ((d * T::to + h) * T::to + w) * to_step, value);
        });
}

// `rows` x 16 `groups` of c, in registers. What is in c is added last: many small sums lose less to
// rounding than one long one.
template <int rows, int groups>
void multiply_block(const float* a, std::int64_t a_row, std::int64_t a_column, const float* b,
                    std::int64_t b_row, float* c, std::int64_t c_row, std::int64_t inner,
                    bool add) {
  Lanes sums[rows][groups];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < groups; ++j) {
      if (add) __builtin_prefetch(c + i * c_row + j * lanes, 1);
      sums[i][j] = Lanes{};
    }
  for (std::int64_t k = 0; k < inner; ++k) {
    Lanes right[groups];
#pragma GCC unroll 4
    for (int j = 0; j < groups; ++j) right[j] = load(b + k * b_row + j * lanes);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < groups; ++j) sums[i][j] += a[i * a_row + k * a_column] * right[j];
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < groups; ++j) {
      float* to = c + i * c_row + j * lanes;
      store(to, add ? load(to) + sums[i][j] : sums[i][j]);
    }
}

template <int groups>
void multiply_columns(const WinogradMatrix& a, const float* b, std::int64_t b_row, float* c,
                      std::int64_t c_row, std::int64_t rows, std::int64_t inner, bool add) {
  std::int64_t i = 0;
  for (; i + 8 <= rows; i += 8)
    multiply_block<8, groups>(a.data + i * a.row, a.row, a.column, b, b_row, c + i * c_row, c_row,
                              inner, add);
  if (i + 4 <= rows) {
    multiply_block<4, groups>(a.data + i * a.row, a.row, a.column, b, b_row, c + i * c_row, c_row,
                              inner, add);
    i += 4;
  }
  for (; i < rows; ++i)
    multiply_block<1, groups>(a.data + i * a.row, a.row, a.column, b, b_row, c + i * c_row, c_row,
                              inner, add);
}

void multiply(const WinogradMatrix& a, const WinogradMatrix& b, const WinogradMatrix& c,
              std::int64_t rows, std::int64_t inner, std::int64_t columns, bool add) {
  std::int64_t j = 0;
  for (; j + 2 * lanes <= columns; j += 2 * lanes)
    multiply_columns<2>(a, b.data + j, b.row, c.data + j, c.row, rows, inner, add);
  if (j < columns) multiply_columns<1>(a, b.data + j, b.row, c.data + j, c.row, rows, inner, add);
}

template <int r>
WinogradKernels kernels() {
  return {input<r>,
          output_gradient<r>,
          output<r>,
          filters<FilterTransform<r>>,
          filters<FilterGradientTransform<r>>,
          multiply};
}

}  // namespace

WinogradKernels winograd_kernels_avx512(int taps) {
  return taps == 3 ? kernels<3>() : kernels<5>();
}

}  // namespace seg
