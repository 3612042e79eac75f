#include "statistics/wilcoxon.h"

#include "core/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace seg {
namespace {

struct Difference {
  double magnitude;
  bool plus;
  double scale;                   // of the figures it is between
  std::int64_t doubled_rank = 0;  // mid-ranks are halves
};

// Figures come from tables of six digits: differences that are equal there may differ by rounding.
bool equal(double x, double y, double scale) {
  if (x == y || std::isinf(x) || std::isinf(y)) return x == y;
  return std::abs(x - y) <= 1e-9 * std::max(1.0, scale);
}

struct Tails {
  double less, greater;
};

// Fills in the ranks of sorted differences. Sum of t^3 - t over groups of t equal ones.
double rank_differences(std::vector<Difference>& sorted) {
  double ties = 0;
  for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
    while (end < sorted.size() &&
           equal(sorted[end].magnitude, sorted[begin].magnitude, sorted[begin].scale))
      ++end;
    const auto t = static_cast<double>(end - begin);
    ties += t * t * t - t;
    for (std::size_t i = begin; i < end; ++i)
      sorted[i].doubled_rank = static_cast<std::int64_t>(begin + 1 + end);
  }
  return ties;
}

// Over all 2^n sign patterns: patterns[s] of them have the doubled sum s.
Tails exact_tails(const std::vector<Difference>& ranked, std::int64_t doubled_plus) {
  std::vector<std::uint64_t> patterns = {1};
  for (const Difference& d : ranked) {
    const auto rank = static_cast<std::size_t>(d.doubled_rank);
    patterns.resize(patterns.size() + rank);
    for (std::size_t s = patterns.size(); s-- > rank;) patterns[s] += patterns[s - rank];
  }
  std::uint64_t below = 0, at_most = 0;
  for (std::int64_t s = 0; s <= doubled_plus; ++s) {
    below = at_most;
    at_most += patterns[static_cast<std::size_t>(s)];
  }
  const auto all = std::uint64_t{1} << ranked.size();
  return {static_cast<double>(at_most) / static_cast<double>(all),
          static_cast<double>(all - below) / static_cast<double>(all)};
}

Tails normal_tails(double n, double w_plus, double ties) {
  const double mean = n * (n + 1) / 4;
  const double variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
  const double z = (w_plus - mean) / std::sqrt(variance);
  return {std::erfc(-z / std::numbers::sqrt2) / 2, std::erfc(z / std::numbers::sqrt2) / 2};
}

}  // namespace

Wilcoxon wilcoxon(std::span<const double> a, std::span<const double> b, std::int64_t exact_up_to) {
  if (a.size() != b.size()) fail("wilcoxon: {} values are paired with {}", a.size(), b.size());
  if (exact_up_to > 60) fail("wilcoxon: at most 60 pairs are counted exactly");
  Wilcoxon result;
  result.two_sided = result.less = result.greater = std::numeric_limits<double>::quiet_NaN();
  std::vector<Difference> differences;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i]))
      ++result.absent;
    else if (equal(a[i], b[i], std::abs(a[i])))  // two infinities, too
      ++result.zeros;
    else
      differences.push_back(
          {std::abs(a[i] - b[i]), a[i] > b[i], std::max(std::abs(a[i]), std::abs(b[i]))});
  }
  result.nonzero = std::ssize(differences);
  if (differences.empty()) return result;
  std::sort(differences.begin(), differences.end(),
            [](const Difference& x, const Difference& y) { return x.magnitude < y.magnitude; });
  const double ties = rank_differences(differences);
  std::int64_t doubled_plus = 0;
  for (const Difference& d : differences) doubled_plus += d.plus ? d.doubled_rank : 0;
  const std::int64_t n = result.nonzero;
  result.w_plus = static_cast<double>(doubled_plus) / 2;
  result.w_minus = static_cast<double>(n * (n + 1) - doubled_plus) / 2;
  result.exact = n <= exact_up_to;
  const Tails tails = result.exact ? exact_tails(differences, doubled_plus)
                                   : normal_tails(static_cast<double>(n), result.w_plus, ties);
  result.less = tails.less;
  result.greater = tails.greater;
  result.two_sided = std::min(1.0, 2 * std::min(tails.less, tails.greater));
  return result;
}

}  // namespace seg
