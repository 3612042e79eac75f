#pragma once
// Whole numbers rounded up; a, n >= 0. Not for kernels, which are compiled per instruction set.
#include <cstdint>

namespace seg {

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// The next multiple of `of`.
constexpr std::int64_t round_up(std::int64_t n, std::int64_t of) { return ceil_div(n, of) * of; }

}  // namespace seg
