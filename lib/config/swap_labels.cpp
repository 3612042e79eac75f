#include "config/swap_labels.h"

#include "core/error.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace seg {

std::vector<std::uint8_t> exchanged_classes(const Pairs& pairs,
                                            const std::vector<std::string>& classes) {
  if (pairs.empty()) return {};
  std::vector<std::uint8_t> exchange(256);
  std::iota(exchange.begin(), exchange.end(), std::uint8_t{0});
  const auto index = [&](const std::string& name) {
    const auto found = std::find(classes.begin(), classes.end(), name);
    if (found == classes.end() || found == classes.begin())
      fail_config(
          "augmentation.swap_labels names '{}', which is no class of data.labels; the classes are "
          "{}",
          name, fmt::join(classes.begin() + 1, classes.end(), ", "));
    return static_cast<std::size_t>(found - classes.begin());
  };
  for (const auto& [one, other] : pairs) {
    const std::size_t a = index(one), b = index(other);
    if (a == b || exchange[a] != a || exchange[b] != b)
      fail_config(
          "augmentation.swap_labels: '{}' and '{}' cannot be a pair; each class stands in one "
          "pair, with another class",
          one, other);
    exchange[a] = static_cast<std::uint8_t>(b);
    exchange[b] = static_cast<std::uint8_t>(a);
  }
  return exchange;
}

}  // namespace seg
