#include "contour/label_window.h"
#include "contour/window.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace seg {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A window that reaches past the whole axis sees the whole axis.
Reach cut(Reach reach, std::int64_t size) {
  return {std::min(reach.back, size - 1), std::min(reach.forward, size - 1)};
}
std::int64_t width(Reach reach) { return reach.back + reach.forward + 1; }

struct Shape {
  std::int64_t samples, depth, height, width;
};

// Minima start from the labels as they are (255 never is the minimum), maxima from labels with 255
// -> 0, padding likewise neutral. labels, lo, hi: one slice [H, W]. The padded slice is [H + reach,
// W + reach].
void slice_extrema(const std::uint8_t* labels, std::uint8_t* lo, std::uint8_t* hi, const Shape& s,
                   Reach reach, Bytes& low, Bytes& high) {
  const Reach ry = cut(reach, s.height), rx = cut(reach, s.width);
  const std::int64_t pitch = s.width + width(rx) - 1, count = (s.height + width(ry) - 1) * pitch;
  low.assign(count, kIgnore);
  high.assign(count, 0);
  for (std::int64_t y = 0; y < s.height; ++y) {
    const std::int64_t at = (y + ry.back) * pitch + rx.back;
    const std::uint8_t* row = labels + y * s.width;
    std::memcpy(&low[at], row, s.width);
    for (std::int64_t x = 0; x < s.width; ++x) high[at + x] = row[x] == kIgnore ? 0 : row[x];
  }
  window_min(low.data(), count, 1, width(rx));
  window_max(high.data(), count, 1, width(rx));
  window_min(low.data(), count, pitch, width(ry));
  window_max(high.data(), count, pitch, width(ry));
  for (std::int64_t y = 0; y < s.height; ++y) {
    std::memcpy(lo + y * s.width, &low[y * pitch], s.width);
    std::memcpy(hi + y * s.width, &high[y * pitch], s.width);
  }
}

// plane: one row y of every slice, [D, W] with the given distance between rows, copied into the
// padded buffer and slid along D.
void column_extrema(const std::uint8_t* plane, std::int64_t distance, const Shape& s, Reach rz,
                    bool minimum, Bytes& buffer) {
  const std::int64_t count = (s.depth + width(rz) - 1) * s.width;
  buffer.assign(count, minimum ? kIgnore : 0);
  for (std::int64_t z = 0; z < s.depth; ++z)
    std::memcpy(&buffer[(z + rz.back) * s.width], plane + z * distance, s.width);
  (minimum ? window_min : window_max)(buffer.data(), count, s.width, width(rz));
}

}  // namespace

torch::Tensor window_differs(const torch::Tensor& labels, Reach reach, std::uint8_t first,
                             std::uint8_t classes) {
  const Shape s{labels.size(0), labels.size(1), labels.size(2), labels.size(3)};
  torch::Tensor out = torch::empty_like(labels);
  if (labels.numel() == 0) return out;
  const torch::Tensor lo = torch::empty_like(labels), hi = torch::empty_like(labels);
  const std::uint8_t* y = labels.data_ptr<std::uint8_t>();
  std::uint8_t *plo = lo.data_ptr<std::uint8_t>(), *phi = hi.data_ptr<std::uint8_t>(),
               *pout = out.data_ptr<std::uint8_t>();
  const std::int64_t area = s.height * s.width, volume = s.depth * area;

  at::parallel_for(0, s.samples * s.depth, 1, [&](std::int64_t begin, std::int64_t end) {
    Bytes low, high;
    for (std::int64_t k = begin; k < end; ++k)
      slice_extrema(y + k * area, plo + k * area, phi + k * area, s, reach, low, high);
  });

  const Reach rz = cut(reach, s.depth);
  at::parallel_for(0, s.samples * s.height, 1, [&](std::int64_t begin, std::int64_t end) {
    Bytes low, high;
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t at = k / s.height * volume + k % s.height * s.width;
      column_extrema(plo + at, area, s, rz, true, low);
      column_extrema(phi + at, area, s, rz, false, high);
      for (std::int64_t z = 0; z < s.depth; ++z)
        differs(&low[z * s.width], &high[z * s.width], y + at + z * area, first, classes,
                pout + at + z * area, s.width);
    }
  });
  return out;
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
