#include "convolution/winograd.h"

#include "convolution/winograd_kernel.h"

#include <ATen/Parallel.h>
#include <ATen/cpu/Utils.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <utility>

namespace seg {
namespace {

constexpr std::int64_t all_points = 8 * 8 * 8, lanes = 16;
constexpr std::int64_t sum_floats = std::int64_t{128} << 20;  // at most, of all threads' sums of filter gradients

std::int64_t padded(std::int64_t channels) { return (channels + lanes - 1) / lanes * lanes; }

WinogradVolume volume_of(const torch::Tensor& x) {
  return {x.data_ptr(), x.scalar_type() == torch::kBFloat16, x.size(0), x.size(2), x.size(3), x.size(4), x.size(1)};
}

std::int64_t tiles_of(const WinogradVolume& volume, int taps) {
  const std::int64_t m = 9 - taps;
  return volume.batch * ((volume.depth + m - 1) / m) * ((volume.height + m - 1) / m) * ((volume.width + m - 1) / m);
}

// A thread's transformed tiles.
struct Transformed {
  torch::Tensor memory;
  WinogradTiles tiles;

  Transformed(std::int64_t most_tiles, std::int64_t channels) {
    tiles.channels = padded(channels);
    tiles.point_stride = most_tiles * tiles.channels + lanes;  // not a power of two: the points would share few lines of the cache
    memory = torch::empty({all_points, tiles.point_stride}, torch::kFloat32);
  }
  float* data() const { return memory.data_ptr<float>(); }
  WinogradMatrix at(std::int64_t point) const { return {data() + point * tiles.point_stride, tiles.channels, 1}; }
  WinogradMatrix transposed(std::int64_t point) const { return {data() + point * tiles.point_stride, 1, tiles.channels}; }
};

// Tiles that a thread takes at once: few, so that they stay in its cache, but more where many filters have to be read for them.
std::int64_t chunk_size(std::int64_t tiles, std::int64_t in, std::int64_t out) {
  const std::int64_t wanted = std::max<std::int64_t>(8, padded(in) * padded(out) / 1024 / 8 * 8);
  const std::int64_t share = (tiles + at::get_num_threads() - 1) / at::get_num_threads();
  return std::min(wanted, (share + 7) / 8 * 8);
}

// taps [r, r, r, rows, columns] -> [512, rows, columns padded].
torch::Tensor transformed_filters(const WinogradKernels& kernels, torch::Tensor taps) {
  const std::int64_t rows = taps.size(3), columns = padded(taps.size(4));
  taps = torch::constant_pad_nd(taps, {0, columns - taps.size(4)}).contiguous();
  torch::Tensor points = torch::empty({all_points, rows, columns}, torch::kFloat32);
  at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t column = 0; column < columns; column += lanes)
      kernels.filter(taps.data_ptr<float>() + begin * columns + column, rows * columns, columns, end - begin,
                     points.data_ptr<float>() + begin * columns + column, rows * columns, columns);
  });
  return points;
}

// The inverse: points [512, rows, columns padded] -> [r, r, r, rows, columns].
torch::Tensor taps_of(const WinogradKernels& kernels, const torch::Tensor& points, std::int64_t r, std::int64_t columns) {
  const std::int64_t rows = points.size(1), wide = points.size(2);
  torch::Tensor taps = torch::empty({r, r, r, rows, wide}, torch::kFloat32);
  at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t column = 0; column < wide; column += lanes)
      kernels.filter_gradient(points.data_ptr<float>() + begin * wide + column, rows * wide, wide, end - begin,
                              taps.data_ptr<float>() + begin * wide + column, rows * wide, wide);
  });
  return taps.narrow(4, 0, columns);
}

WinogradMatrix filters_at(const torch::Tensor& points, std::int64_t point) {
  return {points.data_ptr<float>() + point * points.size(1) * points.size(2), points.size(2), 1};
}

// y = x convolved with filters, [512, C, M padded], + bias, [M] or undefined.
void convolve(const WinogradKernels& kernels, int r, const torch::Tensor& x, const torch::Tensor& filters, const torch::Tensor& bias,
              torch::Tensor& y) {
  const WinogradVolume in = volume_of(x), out = volume_of(y);
  const std::int64_t tiles = tiles_of(in, r), most = chunk_size(tiles, in.channels, out.channels);
  const float* offset = bias.defined() ? bias.data_ptr<float>() : nullptr;
  at::parallel_for(0, (tiles + most - 1) / most, 1, [&](std::int64_t begin, std::int64_t end) {
    Transformed d(most, in.channels), t(most, out.channels);
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      d.tiles.first = t.tiles.first = chunk * most;
      d.tiles.count = t.tiles.count = std::min(most, tiles - chunk * most);
      kernels.input(in, d.tiles, d.data());
      for (std::int64_t p = 0; p < all_points; ++p)
        kernels.multiply(d.at(p), filters_at(filters, p), t.at(p), d.tiles.count, in.channels, filters.size(2), false);
      kernels.output(t.data(), t.tiles, offset, out);
    }
  });
}

// What the gradients of filters and bias are summed up in: one part per thread.
struct GradientSums {
  torch::Tensor filters;  // [parts, 512, C, M padded]
  torch::Tensor bias;     // [parts, M padded]
  GradientSums(std::int64_t chunks, std::int64_t in, std::int64_t out) {
    const std::int64_t fitting = std::max<std::int64_t>(1, sum_floats / (all_points * in * padded(out)));
    const std::int64_t parts = std::min({chunks, std::int64_t{at::get_num_threads()}, fitting});
    filters = torch::empty({parts, all_points, in, padded(out)}, torch::kFloat32);
    bias = torch::zeros({parts, padded(out)}, torch::kFloat32);
  }
};

void add_rows(const WinogradMatrix& rows, std::int64_t count, std::int64_t columns, float* sum) {
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j < columns; ++j) sum[j] += rows.data[i * rows.row + j];
}

// -> [r, r, r, C, M] and [M]
std::pair<torch::Tensor, torch::Tensor> parameter_gradients(const WinogradKernels& kernels, int r, const torch::Tensor& x,
                                                            const torch::Tensor& dy) {
  const WinogradVolume in = volume_of(x), out = volume_of(dy);
  const std::int64_t tiles = tiles_of(in, r), most = chunk_size(tiles, in.channels, out.channels), chunks = (tiles + most - 1) / most;
  const GradientSums sums(chunks, in.channels, out.channels);
  const std::int64_t parts = sums.filters.size(0), columns = sums.filters.size(3);
  at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    Transformed d(most, in.channels), z(most, out.channels);
    for (std::int64_t part = begin; part < end; ++part) {
      const torch::Tensor sum = sums.filters[part];
      float* bias = sums.bias.data_ptr<float>() + part * columns;
      const std::int64_t first = chunks * part / parts, last = chunks * (part + 1) / parts;
      for (std::int64_t chunk = first; chunk < last; ++chunk) {
        d.tiles.first = z.tiles.first = chunk * most;
        d.tiles.count = z.tiles.count = std::min(most, tiles - chunk * most);
        kernels.input(in, d.tiles, d.data());
        kernels.output_gradient(out, z.tiles, z.data());
        for (std::int64_t p = 0; p < all_points; ++p)
          kernels.multiply(d.transposed(p), z.at(p), filters_at(sum, p), in.channels, z.tiles.count, columns, chunk > first);
        add_rows(z.at(winograd_sum_point), z.tiles.count, columns, bias);
      }
    }
  });
  const torch::Tensor points = parts == 1 ? sums.filters[0] : sums.filters.sum(0);
  return {taps_of(kernels, points, r, out.channels), sums.bias.sum(0).narrow(0, 0, out.channels)};
}

torch::Tensor empty_like_volume(const torch::Tensor& x, std::int64_t channels, torch::ScalarType type) {
  return torch::empty({x.size(0), channels, x.size(2), x.size(3), x.size(4)}, x.options().dtype(type), torch::MemoryFormat::ChannelsLast3d);
}

struct Winograd : torch::autograd::Function<Winograd> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x, const torch::Tensor& weight,
                               const torch::Tensor& bias) {
    context->save_for_backward({x, weight});
    const int r = static_cast<int>(weight.size(2));
    const WinogradKernels kernels = winograd_kernels_avx512(r);
    torch::Tensor y = empty_like_volume(x, weight.size(0), torch::kBFloat16);
    convolve(kernels, r, x, transformed_filters(kernels, weight.permute({2, 3, 4, 1, 0})), bias, y);
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor x = saved[0], weight = saved[1], dy = gradients[0].contiguous(torch::MemoryFormat::ChannelsLast3d);
    const int r = static_cast<int>(weight.size(2));
    const WinogradKernels kernels = winograd_kernels_avx512(r);
    torch::Tensor dx, dw, db;
    if (context->needs_input_grad(0)) {
      dx = empty_like_volume(x, x.size(1), x.scalar_type());
      convolve(kernels, r, dy, transformed_filters(kernels, weight.flip({2, 3, 4}).permute({2, 3, 4, 0, 1})), {}, dx);
    }
    if (context->needs_input_grad(1) || context->needs_input_grad(2)) {
      const auto [taps, sum] = parameter_gradients(kernels, r, x, dy);
      dw = torch::empty_like(weight).copy_(taps.permute({4, 3, 0, 1, 2}));
      if (context->needs_input_grad(2)) db = sum;
    }
    return {dx, dw, db};
  }
};

bool has_avx512() {
#if defined(SEG_X86_KERNELS)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

constexpr std::int64_t fewest_channels = 16, fewest_tiles = 48;  // below them the transforms cost more than they save

}  // namespace

bool winograd_available() { return has_avx512(); }

bool winograd_pays(const torch::Tensor& x, const torch::Tensor& weight) {
  const std::int64_t r = weight.size(2);
  static const bool amx = at::cpu::init_amx();
  if (amx) return false;
  return (r == 3 || r == 5) && x.size(1) >= fewest_channels && tiles_of(volume_of(x), static_cast<int>(r)) >= fewest_tiles;
}

torch::Tensor winograd_convolution(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  return Winograd::apply(x.contiguous(torch::MemoryFormat::ChannelsLast3d), weight, bias.defined() ? bias : torch::zeros({weight.size(0)}));
}

}  // namespace seg
