#include "convolution/winograd_steps.h"
#include "tensor/share_work.h"

#include <algorithm>

namespace seg {
namespace {

// The operands of a filters' gradient, and how many tiles are transformed at once.
struct WinogradGradient {
  const WinogradKernels& kernels;
  std::vector<WinogradVolume> in;
  WinogradVolume out;
  std::int64_t channels, columns, tiles = 0, at_once = 1;

  std::int64_t all_points() const { return kernels.size.all_points(); }
  // sum [n^3, C, columns] = or += (B^T d)^T (A dY) at point p.
  void multiply(const WinogradMemory& d, const WinogradMemory& z, std::int64_t p,
                const WinogradMatrices& sum, bool add) const {
    kernels.multiply({d.at(p), z.at(p), sum.at(p), channels, d.tiles.count, columns, true, add});
  }
};

struct WinogradSums {
  torch::Tensor filters, bias;  // [n^3, C, columns], [columns]
};

// The tiles are cut into parts with sums of their own; a thread takes a part, chunk by chunk.
WinogradSums sums_apart(const WinogradGradient& g, std::int64_t parts) {
  const torch::Tensor filters =
      torch::empty({parts, g.all_points(), g.channels, g.columns}, torch::kFloat32);
  const torch::Tensor bias = torch::zeros({parts, g.columns}, torch::kFloat32);
  const std::int64_t chunks = ceil_div(g.tiles, g.at_once);
  share_work(parts, [&](std::int64_t part) {
    WinogradMemory d(g.kernels.size, g.at_once, g.channels),
        z(g.kernels.size, g.at_once, g.columns);
    const WinogradMatrices sum(filters[part]);
    auto* bias_sums = bias.data_ptr<float>() + part * g.columns;
    const std::int64_t begin = chunks * part / parts, end = chunks * (part + 1) / parts;
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      const std::int64_t first = chunk * g.at_once, count = std::min(g.at_once, g.tiles - first);
      d.take(first, count);
      z.take(first, count);
      winograd_input(g.kernels, g.in, d.tiles, d.data);
      g.kernels.output_gradient(g.out, z.tiles, z.data, bias_sums);
      for (std::int64_t p = 0; p < g.all_points(); ++p) g.multiply(d, z, p, sum, chunk > begin);
    }
  });
  return {parts == 1 ? filters[0] : filters.sum(0), bias.sum(0)};
}

// All threads take a slab of tiles through one step, then through the next.
WinogradSums sums_together(const WinogradGradient& g) {
  const torch::Tensor filters = winograd_matrices(g.kernels.size, g.channels, g.columns);
  const torch::Tensor bias = torch::zeros({g.at_once, g.columns}, torch::kFloat32);
  WinogradMemory d(g.kernels.size, g.at_once, g.channels), z(g.kernels.size, g.at_once, g.columns);
  const WinogradMatrices sum(filters);
  auto* bias_sums = bias.data_ptr<float>();
  for (std::int64_t first = 0; first < g.tiles; first += g.at_once) {
    const std::int64_t count = std::min(g.at_once, g.tiles - first);
    d.take(first, count);
    z.take(first, count);
    share_work(count, [&](std::int64_t i) {
      winograd_input(g.kernels, g.in, d.tiles.only(i), d.data + i * d.tiles.row);
      g.kernels.output_gradient(g.out, z.tiles.only(i), z.data + i * z.tiles.row,
                                bias_sums + i * g.columns);
    });
    share_work(g.all_points(), [&](std::int64_t p) { g.multiply(d, z, p, sum, first > 0); });
  }
  return {filters, bias.sum(0)};
}

}  // namespace

ParameterGradients winograd_parameter_gradients(const WinogradKernels& kernels, at::TensorList xs,
                                                const torch::Tensor& dy) {
  constexpr std::int64_t most_sums = 32 << 20, most_parts = 64, fewest_parts = 8,
                         own_cache = 512 << 10, shared_memory = 32 << 20;
  std::int64_t channels = 0;
  for (const torch::Tensor& x : xs) channels += x.size(1);
  WinogradGradient g{kernels, winograd_volumes(xs), winograd_volume(dy), channels,
                     whole_lanes(dy.size(1))};
  g.tiles = winograd_tiles(g.out, kernels.size);
  if (g.tiles == 0) {
    const std::int64_t r = kernels.size.taps;
    return {torch::zeros({r, r, r, channels, dy.size(1)}), torch::zeros({dy.size(1)})};
  }
  const std::int64_t tile_bytes = 4 * g.all_points() * (whole_lanes(channels) + g.columns),
                     sum_bytes = 4 * g.all_points() * channels * g.columns;
  std::int64_t parts = std::min(most_parts, most_sums / sum_bytes);
  const bool apart = parts >= fewest_parts && g.tiles >= parts * 8;
  g.at_once = std::max<std::int64_t>((apart ? own_cache : shared_memory) / tile_bytes, 8);
  g.at_once = std::min(g.at_once, g.tiles);
  parts = std::min(parts, ceil_div(g.tiles, g.at_once));
  const WinogradSums sums = apart ? sums_apart(g, parts) : sums_together(g);
  return {winograd_taps_of(kernels, sums.filters, dy.size(1)), sums.bias.narrow(0, 0, dy.size(1))};
}

}  // namespace seg
