#pragma once
// A set of places on a grid [D, H, W], a bit each, so that one operation serves 64 of a row.
#include "core/axes.h"

#include <bit>
#include <cstdint>
#include <vector>

namespace seg {

// Each row has a word of zeros before and after it, so that who looks past an end reads zeros.
class BitVolume {
 public:
  explicit BitVolume(const Dhw<std::int64_t>& size)
      : size_(size),
        words_((size[2] + 63) / 64),
        bits_(static_cast<std::size_t>(size[0] * size[1] * stride() + 1)) {}

  const Dhw<std::int64_t>& size() const { return size_; }
  std::int64_t words() const { return words_; }       // of a row
  std::int64_t stride() const { return words_ + 1; }  // words from row to row

  // Place w is bit w % 64 of word w / 64; bits beyond the last place stay 0.
  std::uint64_t* row(std::int64_t d, std::int64_t h) { return bits_.data() + first(d, h); }
  const std::uint64_t* row(std::int64_t d, std::int64_t h) const {
    return bits_.data() + first(d, h);
  }

  void set(std::int64_t d, std::int64_t h, std::int64_t w) {
    row(d, h)[w / 64] |= std::uint64_t{1} << (w % 64);
  }

 private:
  std::int64_t first(std::int64_t d, std::int64_t h) const {
    return (d * size_[1] + h) * stride() + 1;
  }

  Dhw<std::int64_t> size_;
  std::int64_t words_;
  std::vector<std::uint64_t> bits_;
};

// Calls visit(w) for the places of a row that are set, in their order.
template <class Visit>
void each_set(const std::uint64_t* row, std::int64_t words, const Visit& visit) {
  for (std::int64_t k = 0; k < words; ++k)
    for (std::uint64_t left = row[k]; left != 0; left &= left - 1)
      visit(k * 64 + std::countr_zero(left));
}

}  // namespace seg
