#include "convolution/winograd_steps.h"
#include "tensor/share_work.h"

#include <algorithm>

namespace seg {
namespace {

// A convolution's operands, and how many of its tiles are transformed at once.
struct WinogradConvolution {
  const WinogradKernels& kernels;
  std::vector<WinogradVolume> in, out;
  WinogradMatrices filters;
  const WinogradLast& last;
  std::int64_t channels = 0, tiles = 0, at_once = 0;

  std::int64_t columns() const { return filters.row; }
  void multiply(const WinogradMemory& d, const WinogradMemory& t, std::int64_t p) const {
    kernels.multiply({d.at(p), filters.at(p), t.at(p), d.tiles.count, channels, columns()});
  }
  void output(const float* from, const WinogradTiles& of) const {
    for (const WinogradVolume& volume : out) {
      kernels.output(from, of, last, volume);
      from += volume.channels;
    }
  }
};

// Each thread takes a chunk of tiles through all steps, in its own cache.
void convolve_apart(const WinogradConvolution& c) {
  share_work(ceil_div(c.tiles, c.at_once), [&](std::int64_t chunk) {
    WinogradMemory d(c.kernels.size, c.at_once, c.channels),
        t(c.kernels.size, c.at_once, c.columns());
    const std::int64_t first = chunk * c.at_once, count = std::min(c.at_once, c.tiles - first);
    d.take(first, count);
    t.take(first, count);
    winograd_input(c.kernels, c.in, d.tiles, d.data);
    for (std::int64_t p = 0; p < c.kernels.size.all_points(); ++p) c.multiply(d, t, p);
    c.output(t.data, t.tiles);
  });
}

// All threads take a slab of tiles through one step, then through the next: the filters of a point
// are read once for all of them.
void convolve_together(const WinogradConvolution& c) {
  WinogradMemory d(c.kernels.size, c.at_once, c.channels),
      t(c.kernels.size, c.at_once, c.columns());
  for (std::int64_t first = 0; first < c.tiles; first += c.at_once) {
    const std::int64_t count = std::min(c.at_once, c.tiles - first);
    d.take(first, count);
    t.take(first, count);
    share_work(count, [&](std::int64_t i) {
      winograd_input(c.kernels, c.in, d.tiles.only(i), d.data + i * d.tiles.row);
    });
    share_work(c.kernels.size.all_points(), [&](std::int64_t p) { c.multiply(d, t, p); });
    share_work(count, [&](std::int64_t i) { c.output(t.data + i * t.tiles.row, t.tiles.only(i)); });
  }
}

// taps in memory of whole vectors, zeros behind them: one copy.
torch::Tensor padded_taps(const torch::Tensor& taps) {
  const std::int64_t r = taps.size(0), rows = taps.size(3), columns = taps.size(4);
  if (columns % winograd_lanes == 0) return taps.contiguous();
  const torch::Tensor padded = torch::zeros({r, r, r, rows, whole_lanes(columns)}, torch::kFloat32);
  padded.narrow(4, 0, columns).copy_(taps);
  return padded;
}

}  // namespace

WinogradVolume winograd_volume(const torch::Tensor& x) {
  return {
      x.data_ptr(), x.scalar_type() == torch::kBFloat16, x.size(0), x.size(2), x.size(3), x.size(4),
      x.size(1)};
}

std::vector<WinogradVolume> winograd_volumes(at::TensorList xs) {
  std::vector<WinogradVolume> volumes;
  for (const torch::Tensor& x : xs) volumes.push_back(winograd_volume(x));
  return volumes;
}

std::int64_t winograd_tiles(const WinogradVolume& volume, WinogradSize size) {
  const std::int64_t m = size.tile();
  return volume.batch * ceil_div(volume.depth, m) * ceil_div(volume.height, m) *
         ceil_div(volume.width, m);
}

torch::Tensor winograd_matrices(WinogradSize size, std::int64_t rows, std::int64_t columns) {
  return torch::empty_strided({size.all_points(), rows, columns},
                              {rows * columns + winograd_lanes, columns, 1}, torch::kFloat32);
}

WinogradMemory::WinogradMemory(WinogradSize size, std::int64_t most, std::int64_t channels) {
  tiles.channels = tiles.row = whole_lanes(channels);
  // Not a power of two: the points would share few lines of the cache.
  tiles.point_stride = most * tiles.row + winograd_lanes;
  memory = torch::empty({size.all_points(), tiles.point_stride}, torch::kFloat32);
  data = memory.data_ptr<float>();
}

void WinogradMemory::take(std::int64_t first, std::int64_t count) {
  tiles.first = first;
  tiles.count = count;
}

torch::Tensor winograd_filters_of(const WinogradKernels& kernels, const torch::Tensor& taps,
                                  TapOrder order) {
  const torch::Tensor padded = padded_taps(taps);
  const std::int64_t r = padded.size(0), rows = padded.size(3), columns = padded.size(4);
  const torch::Tensor points = winograd_matrices(kernels.size, rows, columns);
  const WinogradMatrices to(points);
  const auto* from = padded.const_data_ptr<float>();
  std::int64_t tap = rows * columns;
  if (order == TapOrder::flipped) {
    from += (r * r * r - 1) * tap;
    tap = -tap;
  }
  share_work(rows, [&](std::int64_t row) {
    for (std::int64_t i = row * columns; i < (row + 1) * columns; i += kernels.lanes)
      kernels.filter(from + i, tap, to.data + i, to.step);
  });
  return points;
}

torch::Tensor winograd_taps_of(const WinogradKernels& kernels, const torch::Tensor& points,
                               std::int64_t columns) {
  const std::int64_t rows = points.size(1), wide = points.size(2), r = kernels.size.taps;
  torch::Tensor taps = torch::empty({r, r, r, rows, wide}, torch::kFloat32);
  const WinogradMatrices from(points);
  auto* to = taps.data_ptr<float>();
  share_work(rows, [&](std::int64_t row) {
    for (std::int64_t i = row * wide; i < (row + 1) * wide; i += kernels.lanes)
      kernels.filter_gradient(from.data + i, from.step, to + i, rows * wide);
  });
  return taps.narrow(4, 0, columns);
}

void winograd_input(const WinogradKernels& kernels, const std::vector<WinogradVolume>& parts,
                    WinogradTiles tiles, float* transformed) {
  for (const WinogradVolume& part : parts) {
    tiles.channels = whole_lanes(part.channels);
    kernels.input(part, tiles, transformed);
    transformed += part.channels;
  }
}

void winograd_convolve(const WinogradKernels& kernels, at::TensorList xs,
                       const torch::Tensor& filters, const WinogradLast& last, at::TensorList ys) {
  constexpr std::int64_t most_filters = 1 << 20, own_cache = 512 << 10, shared_memory = 32 << 20;
  WinogradConvolution c{.kernels = kernels,
                        .in = winograd_volumes(xs),
                        .out = winograd_volumes(ys),
                        .filters = WinogradMatrices(filters),
                        .last = last,
                        .channels = filters.size(1)};
  c.tiles = winograd_tiles(c.in[0], kernels.size);
  const std::int64_t tile_bytes =
      4 * kernels.size.all_points() * (whole_lanes(c.channels) + c.columns());
  const auto fitting = [&](std::int64_t bytes) {
    const std::int64_t rows = kernels.rows;
    return std::max<std::int64_t>(1, bytes / tile_bytes / rows) * rows;
  };
  const bool apart = filters.numel() * 4 <= most_filters;
  c.at_once = std::min(fitting(apart ? own_cache : shared_memory), c.tiles);
  if (c.tiles > 0) (apart ? convolve_apart : convolve_together)(c);
}

}  // namespace seg
