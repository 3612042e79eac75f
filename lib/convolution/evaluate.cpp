#include "convolution/evaluate.h"

#include "convolution/few_channels.h"
#include "convolution/strip_kernel.h"
#include "convolution/winograd.h"
#include "core/error.h"
#include "core/rounding.h"
#include "tensor/share_work.h"

#include <ATen/Parallel.h>
#include <ATen/cpu/Utils.h>

#include <algorithm>

namespace seg {
namespace {

constexpr auto channels_last_format = at::MemoryFormat::ChannelsLast3d;

bool has_amx() {
  static const bool there = instruction_set() >= InstructionSet::amx && amx_kernels().run &&
                            at::cpu::init_amx();  // asks the system for the tiles
  return there;
}

bool is_volume(const torch::Tensor& x) {
  return x.is_cpu() && x.dim() == 5 && x.numel() > 0 &&
         (x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kBFloat16);
}

bool is_filter(const torch::Tensor& weight) {
  const std::int64_t r = weight.dim() == 5 ? weight.size(2) : 0;
  return weight.is_cpu() && r % 2 == 1 && weight.size(3) == r && weight.size(4) == r &&
         weight.scalar_type() == torch::kFloat32 && weight.numel() > 0;
}

std::int64_t channels_of(at::TensorList parts) {
  std::int64_t channels = 0;
  for (const torch::Tensor& part : parts) channels += part.size(1);
  return channels;
}

bool fit_together(at::TensorList parts, const torch::Tensor& weight) {
  for (const torch::Tensor& part : parts)
    if (!is_volume(part) || part.size(0) != parts[0].size(0) ||
        part.sizes().slice(2) != parts[0].sizes().slice(2))
      return false;
  return is_filter(weight) && channels_of(parts) == weight.size(1);
}

// Torch's addresses begin at multiples of 64.
torch::Tensor bytes(std::int64_t count) { return torch::empty({count}, torch::kUInt8); }

StripKernels strip_kernels(Way way) {
  return way == Way::amx ? amx_kernels() : all_direct_kernels().back().kernels;
}

// The tasks of a convolution: strips as high as leaves their input in a core's cache, and where
// they are few, shares of the output channels or of the depth.
std::vector<StripTask> tasks_of(const StripConvolution& c, const StripKernels& kernels) {
  constexpr std::int64_t cache = 640 << 10, most_filters = 1 << 20;
  const std::int64_t threads = at::get_num_threads();
  std::int64_t rows = std::min<std::int64_t>(c.height, 64);
  while (rows > 4 && kernels.memory(c, rows) > cache) rows = (rows + 1) / 2;
  const std::int64_t strips = c.batch * ceil_div(c.height, rows);
  const bool few = strips % threads != 0 && strips < 4 * threads;
  const bool by_channels = few && kernels.filter_bytes(c.in, c.out, c.taps) > most_filters;
  const std::int64_t blocks = ceil_div(c.out, 16),
                     shares = by_channels ? std::min(blocks, threads) : 1,
                     slabs = few && !by_channels ? std::min(c.depth, threads) : 1;
  std::vector<StripTask> tasks;
  for (std::int64_t sample = 0; sample < c.batch; ++sample)
    for (std::int64_t row = 0; row < c.height; row += rows)
      for (std::int64_t slab = 0; slab < slabs; ++slab)
        for (std::int64_t share = 0; share < shares; ++share)
          tasks.push_back({sample, row, std::min(rows, c.height - row), c.depth * slab / slabs,
                           c.depth * (slab + 1) / slabs, blocks * share / shares * 16,
                           std::min(c.out, blocks * (share + 1) / shares * 16)});
  return tasks;
}

torch::Tensor evaluate_strips(Way way, at::TensorList parts, const torch::Tensor& weight,
                              const torch::Tensor& filters, const Finish& finish,
                              const torch::Tensor& y) {
  const StripKernels kernels = strip_kernels(way);
  std::vector<StripPart> volumes;
  for (const torch::Tensor& part : parts)
    volumes.push_back(
        {part.const_data_ptr(), part.scalar_type() == torch::kBFloat16, part.size(1)});
  const StripConvolution c{.parts = volumes.data(),
                           .part_count = static_cast<int>(volumes.size()),
                           .taps = static_cast<int>(weight.size(2)),
                           .batch = y.size(0),
                           .depth = y.size(2),
                           .height = y.size(3),
                           .width = y.size(4),
                           .in = weight.size(1),
                           .out = weight.size(0),
                           .filters = filters.const_data_ptr(),
                           .finish = finish,
                           .y = y.data_ptr(),
                           .bfloat16 = y.scalar_type() == torch::kBFloat16};
  const std::vector<StripTask> tasks = tasks_of(c, kernels);
  share_work(std::ssize(tasks), [&](std::int64_t i) {
    const torch::Tensor memory = bytes(kernels.memory(c, tasks[i].rows));
    kernels.run(c, tasks[i], memory.data_ptr());
  });
  return y;
}

}  // namespace

const std::vector<NamedKernels<StripKernels>>& all_direct_kernels() {
  static const auto sets =
      runnable(portable::direct_kernels(), avx2::direct_kernels(), avx512::direct_kernels());
  return sets;
}

bool can_evaluate(Way way, at::TensorList parts, const torch::Tensor& weight) {
  if (way == Way::none || !fit_together(parts, weight)) return false;
  if (way == Way::amx) return has_amx();
  if (way == Way::direct) return true;
  const std::int64_t r = weight.size(2);
  for (const torch::Tensor& part : parts.slice(0, parts.size() - 1))
    if (part.size(1) % 16 != 0) return false;
  return (r == 3 || r == 5) && instruction_set() >= InstructionSet::avx2;
}

Way way_of(at::TensorList parts, const torch::Tensor& weight, bool bfloat16) {
  if (!fit_together(parts, weight)) return Way::none;
  const std::int64_t channels = weight.size(1);
  const auto type = bfloat16 ? torch::kBFloat16 : torch::kFloat32;
  if (bfloat16 ? channels == 1 : has_few_channels(weight)) return Way::direct;
  if (bfloat16 && can_evaluate(Way::amx, parts, weight)) return Way::amx;
  // By one sample: the same way whatever is computed beside it.
  if (can_evaluate(Way::winograd6, parts, weight) &&
      winograd_saves(parts[0].narrow(0, 0, 1), weight, type))
    return bfloat16 ? Way::winograd8 : Way::winograd6;
  return Way::none;
}

bool keeps_filters(Way way, const torch::Tensor& weight) {
  constexpr std::int64_t most_filters = 1 << 15;  // 27 MiB of them with 6 points, 64 with 8
  const bool transformed = way == Way::winograd6 || way == Way::winograd8;
  return !transformed || weight.size(0) * weight.size(1) <= most_filters;
}

torch::Tensor prepared_filters(Way way, const torch::Tensor& weight) {
  if (way == Way::none || !is_filter(weight) || (way == Way::amx && !has_amx()))
    fail("there are no filters to prepare for this convolution; see convolution/evaluate.h");
  if (way == Way::winograd6) return winograd_filters(weight, torch::kFloat32);
  if (way == Way::winograd8) return winograd_filters(weight, torch::kBFloat16);
  const StripKernels kernels = strip_kernels(way);
  const torch::Tensor taps = weight.detach().contiguous();
  const auto count = static_cast<int>(weight.size(2));
  torch::Tensor filters = bytes(kernels.filter_bytes(weight.size(1), weight.size(0), count));
  kernels.filters(taps.const_data_ptr<float>(), weight.size(1), weight.size(0), count,
                  filters.data_ptr());
  return filters;
}

torch::Tensor evaluate(Way way, at::TensorList parts, const torch::Tensor& weight,
                       const torch::Tensor& filters, const Finish& finish, torch::ScalarType type) {
  if (!can_evaluate(way, parts, weight) || (type != torch::kFloat32 && type != torch::kBFloat16))
    fail("an evaluation's convolution does not take these operands; see convolution/evaluate.h");
  std::vector<torch::Tensor> volumes;
  for (const torch::Tensor& part : parts) volumes.push_back(part.contiguous(channels_last_format));
  const torch::Tensor& x = volumes[0];
  const torch::Tensor y = torch::empty({x.size(0), weight.size(0), x.size(2), x.size(3), x.size(4)},
                                       x.options().dtype(way == Way::amx ? torch::kBFloat16 : type),
                                       channels_last_format);
  if (way == Way::winograd6 || way == Way::winograd8) {
    winograd_evaluate(volumes, filters, weight.size(2), finish, y);
    return y;
  }
  return evaluate_strips(way, volumes, weight, filters, finish, y);
}

}  // namespace seg
