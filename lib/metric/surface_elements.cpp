#include "metric/surface_elements.h"

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

// The triangles of codes 0 .. 127; those of 128 .. 255 are their complements'. Three octal digits
// are the normal of one, without signs, along D, H, W, in eighths of the area of a voxel's face.
// The numbers are those of DeepMind's surface-distance (Copyright 2018 Google Inc., Apache
// License 2.0).
// clang-format off
constexpr std::uint64_t kTriangles[128] = {
    0,                0111,             0111,             0220'220,
    0111,             0202'202,         0111'111,         0400'222'111,
    0111,             0111'111,         0202'202,         0400'222'111,
    0220'220,         0400'222'111,     0400'222'111,     0400'400,
    0111,             0022'022,         0111'111,         0040'222'111,
    0111'111,         0004'222'111,     0111'111'111,     0111'222'222'111,
    0111'111,         0022'022'111,     0202'202'111,     0111'333'022'202,
    0111'220'220,     0333'022'111'220, 0400'111'222'111, 0400'111'222,
    0111,             0111'111,         0022'022,         0040'111'222,
    0111'111,         0111'202'202,     0022'022'111,     0333'022'111'202,
    0111'111,         0111'111'111,     0004'222'111,     0222'222'111'111,
    0111'220'220,     0400'222'111'111, 0022'333'111'220, 0400'222'111,
    0220'220,         0040'222'111,     0040'111'222,     0040'040,
    0220'220'111,     0333'202'111'220, 0111'040'222'111, 0040'222'111,
    0111'220'220,     0040'222'111'111, 0333'220'111'202, 0040'222'111,
    0220'220'220'220, 0220'220'111,     0111'220'220,     0220'220,
    0111,             0111'111,         0111'111,         0111'220'220,
    0022'022,         0004'222'111,     0022'022'111,     0333'022'111'220,
    0111'111,         0111'111'111,     0111'202'202,     0400'222'111'111,
    0040'222'111,     0222'222'111'111, 0202'333'022'111, 0400'222'111,
    0202'202,         0004'222'111,     0111'202'202,     0202'333'220'111,
    0004'222'111,     0004'004,         0111'111'222'004, 0111'222'004,
    0202'202'111,     0004'222'111'111, 0202'202'202'202, 0111'202'202,
    0202'333'220'111, 0004'222'111,     0111'202'202,     0202'202,
    0111'111,         0111'111'111,     0111'022'022,     0040'111'222'111,
    0022'022'111,     0004'222'111'111, 0022'022'022'022, 0022'022'111,
    0111'111'111,     0111'111'111'111, 0004'222'111'111, 0111'111'111,
    0040'222'111'111, 0111'111'111,     0022'022'111,     0111'111,
    0400'222'111,     0222'111'222'111, 0333'022'111'202, 0040'222'111,
    0333'220'022'111, 0111'222'004,     0111'022'022,     0022'022,
    0400'222'111'111, 0111'111'111,     0202'202'111,     0111'111,
    0220'220'111,     0111'111,         0111'111,         0111,
};
// clang-format on

double area_of(std::uint64_t normal, const Dhw<double>& spacing) {
  const double d = static_cast<double>(normal >> 6 & 7) / 8.0 * spacing[1] * spacing[2];
  const double h = static_cast<double>(normal >> 3 & 7) / 8.0 * spacing[0] * spacing[2];
  const double w = static_cast<double>(normal & 7) / 8.0 * spacing[0] * spacing[1];
  return std::sqrt(d * d + h * h + w * w);
}

// Which rows hold a voxel of the mask.
std::vector<bool> rows_in_use(const std::uint8_t* mask, std::int64_t rows, std::int64_t width) {
  std::vector<bool> in_use(static_cast<std::size_t>(rows));
  for (std::int64_t row = 0; row < rows; ++row) {
    std::uint8_t any = 0;
    for (std::int64_t w = 0; w < width; ++w) any |= mask[row * width + w];
    in_use[static_cast<std::size_t>(row)] = any != 0;
  }
  return in_use;
}

using Rows = std::array<const std::uint8_t*, 4>;  // about a corner; nullptr: none in the mask

// half[w]: the four voxels above and below the corner row at place w along W, as the code's bits of
// w = 1; those of w = 0 are twice as much.
void half_codes(const Rows& rows, std::int64_t width, std::uint8_t* half) {
  std::fill_n(half, width, std::uint8_t{0});
  constexpr std::uint8_t bits[] = {64, 16, 4, 1};
  for (std::size_t r = 0; r < 4; ++r) {
    if (!rows[r]) continue;
    for (std::int64_t w = 0; w < width; ++w)
      half[w] = static_cast<std::uint8_t>(half[w] | (rows[r][w] ? bits[r] : 0));
  }
}

}  // namespace

ElementAreas element_areas(const Dhw<double>& spacing) {
  ElementAreas areas{};
  for (std::size_t code = 0; code < 128; ++code) {
    for (const int triangle : {27, 18, 9, 0})
      areas[code] += area_of(kTriangles[code] >> triangle & 0777, spacing);
    areas[255 - code] = areas[code];
  }
  return areas;
}

SurfaceElements surface_elements(const std::uint8_t* mask, const Dhw<std::int64_t>& size) {
  const auto [depth, height, width] = std::array<std::int64_t, 3>(size);
  SurfaceElements elements;
  elements.grid = {depth + 1, height + 1, width + 1};
  const std::vector<bool> in_use = rows_in_use(mask, depth * height, width);
  const auto row = [&](std::int64_t d, std::int64_t h) -> const std::uint8_t* {
    if (d < 0 || d >= depth || h < 0 || h >= height) return nullptr;
    const std::int64_t r = d * height + h;
    return in_use[static_cast<std::size_t>(r)] ? mask + r * width : nullptr;
  };
  // A place more on either side, outside the mask.
  std::vector<std::uint8_t> half(static_cast<std::size_t>(width) + 2);
  std::int64_t corner = 0;
  for (std::int64_t d = 0; d <= depth; ++d)
    for (std::int64_t h = 0; h <= height; ++h) {
      const Rows rows = {row(d - 1, h - 1), row(d - 1, h), row(d, h - 1), row(d, h)};
      if (rows == Rows{}) {
        corner += width + 1;
        continue;
      }
      half_codes(rows, width, half.data() + 1);
      for (std::size_t w = 0; w <= static_cast<std::size_t>(width); ++w, ++corner) {
        const auto code = static_cast<std::uint8_t>(2 * half[w] + half[w + 1]);
        if (code == 0 || code == 255) continue;
        elements.corners.push_back(corner);
        elements.codes.push_back(code);
      }
    }
  return elements;
}

}  // namespace seg
