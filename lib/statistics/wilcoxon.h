#pragma once
// Wilcoxon's signed-rank test of paired values: do a and b differ beyond chance?
#include <cstdint>
#include <span>

namespace seg {

struct Wilcoxon {
  std::int64_t absent = 0;   // pairs with NaN on a side, left out
  std::int64_t zeros = 0;    // pairs of equal values, left out, too
  std::int64_t nonzero = 0;  // pairs that count
  double w_plus = 0;         // sum of the ranks of |a - b| where a > b
  double w_minus = 0;        // and where a < b; equal |a - b| share the mean of their ranks
  bool exact = false;        // p over all sign patterns, else by the normal approximation
  // p of chance alone against: a differs from b, a is less, a is greater. NaN where no pair counts.
  double two_sided, less, greater;
};

// Pairs a[i], b[i]; figures and differences are equal within 1e-9 of the figures (of 1 where they
// are smaller), so that rounding makes no ranks; an infinite difference ranks above all finite
// ones. Up to `exact_up_to` pairs that count, at most 60, p is exact with ties, too: the share of
// the 2^n sign patterns whose W+ is as far out. Above, it is normal, its variance corrected for
// ties, its continuity not.
Wilcoxon wilcoxon(std::span<const double> a, std::span<const double> b,
                  std::int64_t exact_up_to = 50);

}  // namespace seg
