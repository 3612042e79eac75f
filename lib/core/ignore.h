#pragma once
// The label of voxels that count nowhere: not in a loss, a contour, a metric or a crop.
#include <cstdint>

namespace seg {

constexpr std::uint8_t kIgnore = 255;
constexpr int kMostClasses = kIgnore;  // with background: 0 .. 254

}  // namespace seg
