#include "image/same_grid.h"

#include "image/orientation.h"

#include <fmt/format.h>

#include <cmath>

namespace seg {

std::string grid_difference(const Geometry& a, const Geometry& b) {
  constexpr double tolerance_mm = 1e-3;
  for (int i = 0; i < 3; ++i) {
    if (a.size[i] != b.size[i])
      return fmt::format("size {} x {} x {} against {} x {} x {}", b.size[0], b.size[1], b.size[2],
                         a.size[0], a.size[1], a.size[2]);
    if (std::abs(a.spacing[i] - b.spacing[i]) * static_cast<double>(a.size[i]) > tolerance_mm)
      return fmt::format("spacing {:.4f} mm against {:.4f} mm along axis {}", b.spacing[i],
                         a.spacing[i], "xyz"[i]);
    if (std::abs(a.origin[i] - b.origin[i]) > tolerance_mm)
      return fmt::format("origin {:.3f} against {:.3f} mm along {}", b.origin[i], a.origin[i],
                         "xyz"[i]);
  }
  for (int i = 0; i < 9; ++i)
    if (std::abs(a.direction[i] - b.direction[i]) > 1e-4) return "another orientation";
  return "";
}

std::string orientation_name(const Geometry& geometry) {
  const Orientation o = canonical_orientation(geometry);
  std::string name(3, ' ');
  for (std::size_t a = 0; a < 3; ++a)
    name[static_cast<std::size_t>(o.source[a])] = o.flipped[a] ? "LPI"[a] : "RAS"[a];
  return name;
}

}  // namespace seg
