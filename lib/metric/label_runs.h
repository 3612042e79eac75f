#pragma once
// Label maps as runs: two maps are walked together many voxels at a time where neither changes.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace seg {

// Eight labels in a word, the first in its lowest byte; fewer than eight are followed by zeros.
inline std::uint64_t eight_labels(const std::uint8_t* labels, std::int64_t count = 8) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t word = 0;
  std::memcpy(&word, labels, static_cast<std::size_t>(std::min<std::int64_t>(count, 8)));
  return word;
}

inline std::uint64_t eight_times(std::uint8_t label) { return label * 0x0101010101010101U; }

// Calls visit(begin, end) for every run of voxels in which neither map changes.
template <class Visit>
void each_run(const std::uint8_t* a, const std::uint8_t* b, std::int64_t count,
              const Visit& visit) {
  for (std::int64_t begin = 0, end = 0; begin < count; begin = end) {
    const std::uint64_t as = eight_times(a[begin]), bs = eight_times(b[begin]);
    for (end = begin + 1; end < count;) {
      if (count - end < 8) {
        if (a[end] != a[begin] || b[end] != b[begin]) break;
        ++end;
        continue;
      }
      const std::uint64_t other = (eight_labels(a + end) ^ as) | (eight_labels(b + end) ^ bs);
      end += std::countr_zero(other) / 8;
      if (other != 0) break;
    }
    visit(begin, end);
  }
}

}  // namespace seg
