#include "convolution/few_channels.h"

#include "tensor/share_work.h"

#include <algorithm>
#include <vector>

namespace seg {
namespace {

constexpr std::int64_t block = 64;  // voxels of a row at once

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

// to [count, r^3 C + 1] = what the filter meets at the voxels w, w + 1, ... of a row, zero outside,
// and the bias's 1.
void unfold(const Rows& x, std::int64_t sample, std::int64_t d, std::int64_t h, std::int64_t w,
            std::int64_t count, std::int64_t r, float* to) {
  const std::int64_t line = r * x.channels, voxel = r * r * line + 1;
  for (std::int64_t i = 0; i < r * r; ++i) {
    const float* row = x.at(sample, d + i / r - r / 2, h + i % r - r / 2);
    for (std::int64_t k = 0; k < count; ++k) {
      float* place = to + k * voxel + i * line;
      const std::int64_t first = w + k - r / 2, begin = std::max<std::int64_t>(first, 0),
                         end = std::min(first + r, x.width);
      if (!row || begin >= end || end - begin < r) std::fill_n(place, line, 0.f);
      if (row && begin < end)
        std::copy(row + begin * x.channels, row + end * x.channels,
                  place + (begin - first) * x.channels);
    }
  }
  for (std::int64_t k = 0; k < count; ++k) to[(k + 1) * voxel - 1] = 1;
}

}  // namespace

bool has_few_channels(const torch::Tensor& weight) {
  constexpr std::int64_t most_channels = 3, taps = 3;
  return weight.size(1) <= most_channels && weight.size(2) == taps;
}

ParameterGradients few_channel_gradients(const torch::Tensor& x, const torch::Tensor& dy,
                                         std::int64_t r) {
  constexpr std::int64_t most_parts = 64;
  const torch::Tensor in = x.to(torch::kFloat32), out = dy.to(torch::kFloat32);
  const Rows rows(in), gradient(out);
  const std::int64_t lines = in.size(0) * rows.depth * rows.height,
                     parts = std::clamp<std::int64_t>(lines, 1, most_parts),
                     taps = r * r * r * rows.channels + 1, filters = gradient.channels,
                     columns = whole_lanes(filters);
  const torch::Tensor sums = torch::zeros({parts, taps, columns});
  const WinogradKernels kernels = all_winograd_kernels({}).back().kernels;
  share_work(parts, [&](std::int64_t part) {
    std::vector<float> met(block * taps), dys(block * columns);
    float* sum = sums.data_ptr<float>() + part * taps * columns;
    for (std::int64_t line = lines * part / parts; line < lines * (part + 1) / parts; ++line) {
      const std::int64_t h = line % rows.height, d = line / rows.height % rows.depth,
                         sample = line / (rows.height * rows.depth);
      const float* y = gradient.at(sample, d, h);
      for (std::int64_t w = 0; w < rows.width; w += block) {
        const std::int64_t count = std::min(block, rows.width - w);
        unfold(rows, sample, d, h, w, count, r, met.data());
        for (std::int64_t k = 0; k < count; ++k)
          std::copy_n(y + (w + k) * filters, filters, dys.data() + k * columns);
        kernels.multiply({.a = {met.data(), taps},
                          .b = {dys.data(), columns},
                          .c = {sum, columns},
                          .rows = taps,
                          .inner = count,
                          .columns = columns,
                          .transposed = true,
                          .add = true});
      }
    }
  });
  const torch::Tensor all = sums.sum(0).narrow(1, 0, filters);
  return {all.narrow(0, 0, taps - 1).reshape({r, r, r, rows.channels, filters}), all[taps - 1]};
}

}  // namespace seg
