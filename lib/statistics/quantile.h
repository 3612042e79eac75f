#pragma once
#include <algorithm>
#include <cmath>
#include <span>

namespace seg {

// Of values in order, none NaN, at least one; between two of them linear (Hyndman and Fan's type 7,
// NumPy's `linear`). share in [0, 1].
inline double quantile_of_sorted(std::span<const double> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

}  // namespace seg
