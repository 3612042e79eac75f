#include "distance/plane_transform.h"

#include "core/error.h"

#include <algorithm>
#include <limits>

namespace seg {
namespace {

constexpr std::uint16_t kNoPlane = 65535;

std::uint16_t one_more(std::uint16_t planes) {
  return planes == kNoPlane ? kNoPlane : static_cast<std::uint16_t>(planes + 1);
}

}  // namespace

PlaneTransform::PlaneTransform(const BitVolume& places, const Dhw<double>& spacing)
    : size_(places.size()),
      spacing_(spacing),
      planes_away_(static_cast<std::size_t>(size_[0] * size_[1] * size_[2]), kNoPlane),
      plane_(static_cast<std::size_t>(size_[1] * size_[2])),
      along_h_(size_[1], spacing[1]),
      along_w_(size_[2], spacing[2]) {
  if (size_[0] >= kNoPlane)
    fail_data("{} planes are more than distances are measured over (65534)", size_[0]);
  const std::int64_t area = size_[1] * size_[2];
  std::uint16_t* away = planes_away_.data();
  for (std::int64_t d = 0; d < size_[0]; ++d) {
    std::uint16_t* plane = away + d * area;
    if (d > 0)
      for (std::int64_t i = 0; i < area; ++i) plane[i] = one_more(plane[i - area]);
    for (std::int64_t h = 0; h < size_[1]; ++h)
      each_set(places.row(d, h), places.words(),
               [&](std::int64_t w) { plane[h * size_[2] + w] = 0; });
  }
  for (std::int64_t i = (size_[0] - 1) * area - 1; i >= 0; --i)
    away[i] = std::min(away[i], one_more(away[i + area]));
}

void PlaneTransform::go_to_plane(std::int64_t d) {
  const auto [height, width] = std::array{size_[1], size_[2]};
  const std::uint16_t* away = planes_away_.data() + d * height * width;
  for (std::int64_t w = 0; w < width; ++w) {
    for (std::int64_t h = 0; h < height; ++h) {
      const std::uint16_t planes = away[h * width + w];
      along_h_.f()[h] = planes == kNoPlane ? std::numeric_limits<double>::infinity()
                                           : square(planes * spacing_[0]);
    }
    const bool some = along_h_.build(height);
    for (std::int64_t h = 0; h < height; ++h)
      plane_[static_cast<std::size_t>(h * width + w)] =
          some ? along_h_.at(h) : std::numeric_limits<double>::infinity();
  }
}

void PlaneTransform::row(std::int64_t h, std::vector<double>& squared) {
  const std::int64_t width = size_[2];
  squared.assign(static_cast<std::size_t>(width), std::numeric_limits<double>::infinity());
  std::copy_n(plane_.begin() + h * width, width, along_w_.f());
  if (!along_w_.build(width)) return;
  for (std::int64_t w = 0; w < width; ++w) squared[static_cast<std::size_t>(w)] = along_w_.at(w);
}

}  // namespace seg
