#include "contour/label_window.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

namespace seg {
namespace {

// A window that reaches past the whole axis sees the whole axis.
Reach cut(Reach reach, std::int64_t size) {
  return {std::min(reach.back, size - 1), std::min(reach.forward, size - 1)};
}

}  // namespace

torch::Tensor window_differs(const torch::Tensor& labels, Reach reach, std::uint8_t first,
                             std::uint8_t classes) {
  torch::Tensor low = torch::empty_like(labels);
  if (labels.numel() == 0) return low;
  const std::int64_t samples = labels.size(0), depth = labels.size(1), height = labels.size(2),
                     width = labels.size(3);
  const torch::Tensor high = torch::empty_like(labels);
  const auto* y = labels.const_data_ptr<std::uint8_t>();
  auto *lo = low.data_ptr<std::uint8_t>(), *hi = high.data_ptr<std::uint8_t>();
  const std::int64_t area = height * width;
  const Reach rz = cut(reach, depth), ry = cut(reach, height), rx = cut(reach, width);
  const WindowKernels& kernels = window_kernels();

  at::parallel_for(0, samples * depth, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::uint8_t> scratch(slice_scratch(height, width, ry, rx));
    for (std::int64_t k = begin; k < end; ++k)
      kernels.slice_extrema(y + k * area, height, width, ry, rx, lo + k * area, hi + k * area,
                            scratch.data());
  });
  at::parallel_for(0, samples * height, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::uint8_t> scratch(depth_scratch(depth, width, rz));
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t at = k / height * depth * area + k % height * width;
      kernels.depth_differs(lo + at, hi + at, y + at, depth, width, area, rz, first, classes,
                            lo + at, scratch.data());
    }
  });
  return low;
}

void mark_border(torch::Tensor& contour, const torch::Tensor& labels, Reach reach,
                 std::uint8_t first, std::uint8_t classes) {
  const torch::Tensor chosen = labels.ge(first).logical_and_(labels.lt(classes)).to(torch::kUInt8);
  for (std::int64_t axis = 1; axis < 4; ++axis) {
    const std::int64_t size = labels.size(axis);
    const std::int64_t back = std::min(reach.back, size), forward = std::min(reach.forward, size);
    contour.slice(axis, 0, back).bitwise_or_(chosen.slice(axis, 0, back));
    contour.slice(axis, size - forward, size).bitwise_or_(chosen.slice(axis, size - forward, size));
  }
}

}  // namespace seg
