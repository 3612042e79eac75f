#include "convolution/winograd.h"

#include "convolution/winograd_kernel.h"
#include "core/error.h"
#include "core/processor.h"

#include <ATen/Parallel.h>
#include <ATen/cpu/Utils.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <utility>

namespace seg {
namespace {

constexpr std::int64_t all_points = winograd_points * winograd_points * winograd_points,
                       lanes = winograd_lanes;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::int64_t round_up(std::int64_t a, std::int64_t to) { return ceil_div(a, to) * to; }
std::int64_t padded(std::int64_t channels) { return round_up(channels, lanes); }

WinogradVolume volume_of(const torch::Tensor& x) {
  return {
      x.data_ptr(), x.scalar_type() == torch::kBFloat16, x.size(0), x.size(2), x.size(3), x.size(4),
      x.size(1)};
}

std::int64_t tiles_of(const WinogradVolume& volume, int taps) {
  const std::int64_t m = 9 - taps;
  return volume.batch * ceil_div(volume.depth, m) * ceil_div(volume.height, m) *
         ceil_div(volume.width, m);
}

// A thread's transformed tiles.
struct Transformed {
  torch::Tensor memory;
  WinogradTiles tiles;

  Transformed(std::int64_t most_tiles, std::int64_t channels) {
    tiles.channels = tiles.row = padded(channels);
    tiles.point_stride =
        most_tiles * tiles.row +
        lanes;  // not a power of two: the points would share few lines of the cache
    memory = torch::empty({all_points, tiles.point_stride}, torch::kFloat32);
  }
  float* data() const { return memory.data_ptr<float>(); }
  WinogradMatrix at(std::int64_t point) const {
    return {data() + point * tiles.point_stride, tiles.row, 1};
  }
  WinogradMatrix transposed(std::int64_t point) const {
    return {data() + point * tiles.point_stride, 1, tiles.row};
  }
};

// Tiles that a thread takes at once: few, so that they stay in its cache, but more where many
// filters have to be read for them; every thread as often.
std::int64_t chunk_size(std::int64_t tiles, std::int64_t in, std::int64_t out, int rows = 4) {
  const std::int64_t wanted = std::max<std::int64_t>(8, padded(in) * padded(out) / 1024);
  const std::int64_t share = std::max<std::int64_t>(1, ceil_div(tiles, at::get_num_threads()));
  return round_up(ceil_div(share, ceil_div(share, wanted)), rows);
}

// taps [r, r, r, rows, columns] -> [512, rows, columns padded].
torch::Tensor transformed_filters(const WinogradKernels& kernels, torch::Tensor taps) {
  const std::int64_t rows = taps.size(3), columns = padded(taps.size(4));
  taps = torch::constant_pad_nd(taps, {0, columns - taps.size(4)}).contiguous();
  torch::Tensor points = torch::empty({all_points, rows, columns}, torch::kFloat32);
  at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t column = 0; column < columns; column += kernels.lanes)
      kernels.filter(taps.data_ptr<float>() + begin * columns + column, rows * columns, columns,
                     end - begin, points.data_ptr<float>() + begin * columns + column,
                     rows * columns, columns);
  });
  return points;
}

// The inverse: points [512, rows, columns padded] -> [r, r, r, rows, columns].
torch::Tensor taps_of(const WinogradKernels& kernels, const torch::Tensor& points, std::int64_t r,
                      std::int64_t columns) {
  const std::int64_t rows = points.size(1), wide = points.size(2);
  torch::Tensor taps = torch::empty({r, r, r, rows, wide}, torch::kFloat32);
  at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t column = 0; column < wide; column += kernels.lanes)
      kernels.filter_gradient(points.data_ptr<float>() + begin * wide + column, rows * wide, wide,
                              end - begin, taps.data_ptr<float>() + begin * wide + column,
                              rows * wide, wide);
  });
  return taps.narrow(4, 0, columns);
}

WinogradMatrix filters_at(const torch::Tensor& points, std::int64_t point) {
  return {points.data_ptr<float>() + point * points.size(1) * points.size(2), points.size(2), 1};
}

// y = last(the parts, one after another along the channels, convolved with filters,
// [512, C, M padded]).
void convolve(const WinogradKernels& kernels, int r, at::TensorList parts,
              const torch::Tensor& filters, const WinogradLast& last, const torch::Tensor& y) {
  const WinogradVolume out = volume_of(y);
  const std::int64_t channels = filters.size(1), tiles = tiles_of(out, r),
                     most = chunk_size(tiles, channels, out.channels, kernels.rows);
  at::parallel_for(0, ceil_div(tiles, most), 1, [&](std::int64_t begin, std::int64_t end) {
    Transformed d(most, channels), t(most, out.channels);
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      d.tiles.first = t.tiles.first = chunk * most;
      d.tiles.count = t.tiles.count = std::min(most, tiles - chunk * most);
      float* to = d.data();
      for (const torch::Tensor& part : parts) {
        d.tiles.channels = padded(part.size(1));
        kernels.input(volume_of(part), d.tiles, to);
        to += part.size(1);
      }
      for (std::int64_t p = 0; p < all_points; ++p)
        kernels.multiply(d.at(p), filters_at(filters, p), t.at(p), d.tiles.count, channels,
                         filters.size(2), false);
      kernels.output(t.data(), t.tiles, last, out);
    }
  });
}

// How the gradients of filters and bias are summed up: `parts` shares of the tiles, each with sums
// of its own, in `blocks` of output channels. Wide layers have few parts, for a sum takes 512 / r^3
// times the filters' memory.
struct GradientPlan {
  std::int64_t chunk, chunks, parts, blocks, block_width;
  GradientPlan(std::int64_t tiles, std::int64_t in, std::int64_t out)
      : chunk(chunk_size(tiles, in, out)), chunks(ceil_div(tiles, chunk)) {
    constexpr std::int64_t most_floats = std::int64_t{128} << 20, narrowest = 64;
    const std::int64_t threads = at::get_num_threads(),
                       fitting = most_floats / (all_points * in * padded(out));
    parts =
        std::clamp<std::int64_t>(std::min(chunks, threads), 1, std::max<std::int64_t>(1, fitting));
    const std::int64_t wanted =
        std::min(ceil_div(threads, parts), ceil_div(padded(out), narrowest));
    block_width = padded(ceil_div(out, wanted));
    blocks = ceil_div(out, block_width);
  }
};

void add_rows(const WinogradMatrix& rows, std::int64_t count, std::int64_t columns, float* sum) {
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j < columns; ++j) sum[j] += rows.data[i * rows.row + j];
}

// -> [r, r, r, C, M] and [M]
std::pair<torch::Tensor, torch::Tensor> parameter_gradients(const WinogradKernels& kernels, int r,
                                                            const torch::Tensor& x,
                                                            const torch::Tensor& dy) {
  const WinogradVolume in = volume_of(x), out = volume_of(dy);
  const std::int64_t tiles = tiles_of(in, r), columns = padded(out.channels);
  const GradientPlan plan(tiles, in.channels, out.channels);
  const torch::Tensor filters =
      torch::empty({plan.parts, all_points, in.channels, columns}, torch::kFloat32);
  if (tiles == 0) filters.zero_();
  const torch::Tensor bias = torch::zeros({plan.parts, columns}, torch::kFloat32);
  at::parallel_for(0, plan.parts * plan.blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    Transformed d(plan.chunk, in.channels), z(plan.chunk, plan.block_width);
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t part = task / plan.blocks, column = task % plan.blocks * plan.block_width;
      const std::int64_t width = std::min(plan.block_width, columns - column);
      const torch::Tensor sum = filters[part];
      z.tiles.first_channel = column;
      z.tiles.channels = z.tiles.row = width;  // the last block may be narrower
      const std::int64_t first = plan.chunks * part / plan.parts,
                         last = plan.chunks * (part + 1) / plan.parts;
      for (std::int64_t chunk = first; chunk < last; ++chunk) {
        d.tiles.first = z.tiles.first = chunk * plan.chunk;
        d.tiles.count = z.tiles.count = std::min(plan.chunk, tiles - chunk * plan.chunk);
        kernels.input(in, d.tiles, d.data());
        kernels.output_gradient(out, z.tiles, z.data());
        for (std::int64_t p = 0; p < all_points; ++p) {
          WinogradMatrix sum_at = filters_at(sum, p);
          sum_at.data += column;
          kernels.multiply(d.transposed(p), z.at(p), sum_at, in.channels, z.tiles.count, width,
                           chunk > first);
        }
        add_rows(z.at(winograd_sum_point), z.tiles.count, width,
                 bias.data_ptr<float>() + part * columns + column);
      }
    }
  });
  const torch::Tensor points = plan.parts == 1 ? filters[0] : filters.sum(0);
  return {taps_of(kernels, points, r, out.channels), bias.sum(0).narrow(0, 0, out.channels)};
}

torch::Tensor empty_like_volume(const torch::Tensor& x, std::int64_t channels,
                                torch::ScalarType type) {
  return torch::empty({x.size(0), channels, x.size(2), x.size(3), x.size(4)},
                      x.options().dtype(type), torch::MemoryFormat::ChannelsLast3d);
}

struct Winograd : torch::autograd::Function<Winograd> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias) {
    context->save_for_backward({x, weight});
    const int r = static_cast<int>(weight.size(2));
    const WinogradKernels kernels = avx512::winograd_kernels(r);
    torch::Tensor y = empty_like_volume(x, weight.size(0), torch::kBFloat16);
    convolve(kernels, r, x, transformed_filters(kernels, weight.permute({2, 3, 4, 1, 0})),
             {nullptr, bias.defined() ? bias.data_ptr<float>() : nullptr}, y);
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor x = saved[0], weight = saved[1],
                        dy = gradients[0].contiguous(torch::MemoryFormat::ChannelsLast3d);
    const int r = static_cast<int>(weight.size(2));
    const WinogradKernels kernels = avx512::winograd_kernels(r);
    torch::Tensor dx, dw, db;
    if (context->needs_input_grad(0)) {
      dx = empty_like_volume(x, x.size(1), x.scalar_type());
      convolve(kernels, r, dy,
               transformed_filters(kernels, weight.flip({2, 3, 4}).permute({2, 3, 4, 0, 1})), {},
               dx);
    }
    if (context->needs_input_grad(1) || context->needs_input_grad(2)) {
      const auto [taps, sum] = parameter_gradients(kernels, r, x, dy);
      dw = torch::empty_like(weight).copy_(taps.permute({4, 3, 0, 1, 2}));
      if (context->needs_input_grad(2)) db = sum;
    }
    return {dx, dw, db};
  }
};

bool taken(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  if (!x.is_cpu() || x.dim() != 5 || weight.dim() != 5 || x.size(1) != weight.size(1)) return false;
  if (x.scalar_type() != torch::kFloat32 && x.scalar_type() != torch::kBFloat16) return false;
  const std::int64_t r = weight.size(2);
  if (weight.scalar_type() != torch::kFloat32 || (r != 3 && r != 5) || weight.size(3) != r ||
      weight.size(4) != r)
    return false;
  return !bias.defined() || (bias.scalar_type() == torch::kFloat32 && bias.dim() == 1 &&
                             bias.size(0) == weight.size(0));
}

}  // namespace

std::vector<NamedKernels<WinogradKernels>> all_winograd_kernels(int taps) {
  return runnable(portable::winograd_kernels(taps), avx2::winograd_kernels(taps),
                  avx512::winograd_kernels(taps));
}

bool winograd_available() { return instruction_set() >= InstructionSet::avx512; }

bool winograd_has_tiles(const torch::Tensor& x, std::int64_t r, std::int64_t threads) {
  constexpr std::int64_t fewest = 64, each_thread = 8;  // below them the transforms cost more than
                                                        // they save
  return tiles_of(volume_of(x), static_cast<int>(r)) >=
         std::max<std::int64_t>(fewest, each_thread * threads);
}

bool winograd_pays(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  constexpr std::int64_t fewest_channels = 16;
  static const bool amx = at::cpu::init_amx();
  if (amx || !winograd_available() || !taken(x, weight, bias) || x.size(1) < fewest_channels)
    return false;
  return winograd_has_tiles(x, weight.size(2), at::get_num_threads());
}

torch::Tensor winograd_filters(const torch::Tensor& weight) {
  const int r = static_cast<int>(weight.size(2));
  return transformed_filters(all_winograd_kernels(r).back().kernels,
                             weight.detach().permute({2, 3, 4, 1, 0}));
}

void winograd_evaluate(at::TensorList parts, const torch::Tensor& filters, int r,
                       const Finish& finish, const torch::Tensor& y) {
  convolve(all_winograd_kernels(r).back().kernels, r, parts, filters, {&finish, nullptr}, y);
}

torch::Tensor winograd_convolution(const torch::Tensor& x, const torch::Tensor& weight,
                                   const torch::Tensor& bias) {
  if (!taken(x, weight, bias))
    fail("Winograd's convolution does not take these operands; see convolution/winograd.h");
  return Winograd::apply(x.contiguous(torch::MemoryFormat::ChannelsLast3d), weight,
                         bias.defined() ? bias.contiguous() : torch::zeros({weight.size(0)}));
}

}  // namespace seg
