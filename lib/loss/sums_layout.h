#pragma once
// How the sums of one sample lie in memory, on the processor and on a GPU:
// [2 parts, 4 quantities, classes], then the cross-entropies [2 parts]; part 0 is the rest, part 1
// the contour. The loss's derivatives by the sums lie likewise.
#include "core/everywhere.h"

#include <cstdint>

namespace seg {

enum Quantity { kPG, kP2, kP, kG };  // sums of p g, p^2, p, g

SEG_EVERYWHERE constexpr std::int64_t sum_at(int part, int quantity, std::int64_t j,
                                             std::int64_t classes) {
  return (part * 4 + quantity) * classes + j;
}
SEG_EVERYWHERE constexpr std::int64_t cross_entropy_at(std::int64_t classes) {
  return sum_at(2, 0, 0, classes);
}
SEG_EVERYWHERE constexpr std::int64_t sums_size(std::int64_t classes) {
  return cross_entropy_at(classes) + 2;
}

SEG_EVERYWHERE constexpr std::int64_t classes_of_sums(std::int64_t size) { return (size - 2) / 8; }

}  // namespace seg
