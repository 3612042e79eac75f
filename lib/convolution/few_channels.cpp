#include "convolution/few_channels.h"

#include "tensor/share_work.h"

#include <algorithm>
#include <vector>

namespace seg {
namespace {

constexpr std::int64_t side = 3,  // taps of a filter along each axis
    block = 64;                   // voxels of a row at once

// The rows of a volume, one after another.
struct Rows {
  const float* data;
  std::int64_t depth, height, width, channels;

  explicit Rows(const torch::Tensor& x)
      : data(x.const_data_ptr<float>()),
        depth(x.size(2)),
        height(x.size(3)),
        width(x.size(4)),
        channels(x.size(1)) {}
  // null outside the volume
  const float* at(std::int64_t sample, std::int64_t d, std::int64_t h) const {
    if (d < 0 || h < 0 || d >= depth || h >= height) return nullptr;
    return data + ((sample * depth + d) * height + h) * width * channels;
  }
};

// to [count, r^3 C + 1] = what the filter meets at the voxels w, w + 1, ... of a row (im2col), zero
// outside, and the bias's 1.
void unfold(const Rows& x, std::int64_t sample, std::int64_t d, std::int64_t h, std::int64_t w,
            std::int64_t count, float* to) {
  const std::int64_t line = side * x.channels, column = side * side * line + 1;
  for (std::int64_t i = 0; i < side * side; ++i) {
    const float* row = x.at(sample, d + i / side - side / 2, h + i % side - side / 2);
    for (std::int64_t k = 0; k < count; ++k) {
      float* place = to + k * column + i * line;
      const std::int64_t first = w + k - side / 2, begin = std::max<std::int64_t>(first, 0),
                         end = std::min(first + side, x.width);
      if (!row || begin >= end || end - begin < side) std::fill_n(place, line, 0.f);
      if (row && begin < end)
        std::copy(row + begin * x.channels, row + end * x.channels,
                  place + (begin - first) * x.channels);
    }
  }
  for (std::int64_t k = 0; k < count; ++k) to[(k + 1) * column - 1] = 1;
}

}  // namespace

bool has_few_channels(const torch::Tensor& weight) {
  constexpr std::int64_t most_channels = 3;
  return weight.size(1) <= most_channels && weight.size(2) == side;
}

ParameterGradients few_channel_gradients(const torch::Tensor& x, const torch::Tensor& dy) {
  constexpr std::int64_t most_parts = 64;
  const torch::Tensor in = x.to(torch::kFloat32), out = dy.to(torch::kFloat32);
  const Rows rows(in), gradient(out);
  const std::int64_t lines = in.size(0) * rows.depth * rows.height,
                     parts = std::clamp<std::int64_t>(lines, 1, most_parts),
                     inputs = side * side * side * rows.channels + 1, outputs = gradient.channels,
                     columns = whole_lanes(outputs);
  const torch::Tensor sums = torch::zeros({parts, inputs, columns});
  // Their matrix product, which is the same whatever the size of the tiles.
  const WinogradKernels kernels = all_winograd_kernels({}).back().kernels;
  share_work(parts, [&](std::int64_t part) {
    std::vector<float> met(block * inputs), dys(block * columns);
    float* sum = sums.data_ptr<float>() + part * inputs * columns;
    for (std::int64_t line = lines * part / parts; line < lines * (part + 1) / parts; ++line) {
      const std::int64_t h = line % rows.height, d = line / rows.height % rows.depth,
                         sample = line / (rows.height * rows.depth);
      const float* y = gradient.at(sample, d, h);
      for (std::int64_t w = 0; w < rows.width; w += block) {
        const std::int64_t count = std::min(block, rows.width - w);
        unfold(rows, sample, d, h, w, count, met.data());
        for (std::int64_t k = 0; k < count; ++k)
          std::copy_n(y + (w + k) * outputs, outputs, dys.data() + k * columns);
        kernels.multiply({.a = {met.data(), inputs},
                          .b = {dys.data(), columns},
                          .c = {sum, columns},
                          .rows = inputs,
                          .inner = count,
                          .columns = columns,
                          .transposed = true,
                          .add = true});
      }
    }
  });
  const torch::Tensor all = sums.sum(0).narrow(1, 0, outputs);
  return {all.narrow(0, 0, inputs - 1).reshape({side, side, side, rows.channels, outputs}),
          all[inputs - 1]};
}

}  // namespace seg
