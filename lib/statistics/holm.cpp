#include "statistics/holm.h"

#include <algorithm>
#include <cmath>

namespace seg {

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return p[x] < p[y]; });
  std::vector<double> adjusted(p.begin(), p.end());
  double highest = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    highest = std::max(highest, static_cast<double>(order.size() - k) * p[order[k]]);
    adjusted[order[k]] = std::min(1.0, highest);
  }
  return adjusted;
}

}  // namespace seg
