#include "report/box_numbers.h"

#include "statistics/quantile.h"

#include <algorithm>
#include <cmath>

namespace seg {

BoxNumbers box_numbers(const std::vector<double>& values) {
  BoxNumbers box;
  for (const double v : values) {
    if (std::isnan(v))
      ++box.absent;
    else if (std::isinf(v))
      ++box.infinite;
    else
      box.finite.push_back(v);
  }
  if (box.finite.empty()) return box;
  std::vector<double> sorted = box.finite;
  std::sort(sorted.begin(), sorted.end());
  box.first = quantile_of_sorted(sorted, 0.25);
  box.median = quantile_of_sorted(sorted, 0.5);
  box.third = quantile_of_sorted(sorted, 0.75);
  const double reach = 1.5 * (box.third - box.first);
  box.low = *std::lower_bound(sorted.begin(), sorted.end(), box.first - reach);
  box.high = *(std::upper_bound(sorted.begin(), sorted.end(), box.third + reach) - 1);
  return box;
}

}  // namespace seg
