#pragma once
// How far a mean over cases is to be trusted: cases are drawn with replacement, as many as there
// are, and the middle 95 % of the draws' means are the interval (percentiles 2.5 and 97.5, linear).
#include <cstdint>
#include <span>
#include <vector>

namespace seg {

struct Interval {
  double low, high;
};

constexpr std::int64_t kDraws = 10'000;

// Of the mean of the finite values. None: NaN; one: that value.
Interval bootstrap_mean(std::span<const double> values, std::uint64_t seed,
                        std::int64_t draws = kDraws);

// Of the mean of a[i] - b[i], over the pairs that are finite on both sides.
Interval bootstrap_mean_difference(std::span<const double> a, std::span<const double> b,
                                   std::uint64_t seed, std::int64_t draws = kDraws);

// Of each column's mean, all columns with the same cases in a draw; columns[c][i] is of case i. In
// a draw a column's mean is over its finite values among the cases drawn, if there are any. For one
// column, or columns finite in the same cases, each interval is that of bootstrap_mean.
std::vector<Interval> bootstrap_means(const std::vector<std::vector<double>>& columns,
                                      std::uint64_t seed, std::int64_t draws = kDraws);

}  // namespace seg
