#pragma once
// Which of several methods is best on the same cases, and how sure that is. As challengeR's
// aggregate-then-rank: a method's mean over the cases, then the ranks of the means.
#include "statistics/bootstrap.h"

namespace seg {

enum class Better { higher, lower };

// values[i][m]: case i, method m. A case in which some method has NaN is left out for all of them.
// Infinite values stay: they make a mean infinite, which a failure of a distance is meant to do.
using CasesByMethod = std::vector<std::vector<double>>;

struct Ranking {
  std::int64_t cases = 0, left_out = 0;
  std::vector<double> means;                // per method; NaN without cases
  std::vector<std::int64_t> ranks;          // 1 is best; equal means share the better rank
  std::vector<std::vector<double>> shares;  // [method][rank - 1]: share of draws of that rank
};

// Draws of cases as in bootstrap.h. No cases: all ranks are 1 and there are no shares.
Ranking rank_methods(const CasesByMethod& values, Better better, std::uint64_t seed,
                     std::int64_t draws = kDraws);

struct Outcomes {
  std::int64_t wins = 0, ties = 0, losses = 0;
  std::int64_t left_out = 0;  // cases with NaN for one of the two
};

// [a][b]: the cases in which a is better than, equal to or worse than b.
std::vector<std::vector<Outcomes>> outcomes(const CasesByMethod& values, Better better);

// Kendall's tau-b, 1 for the same order and -1 for the reverse; NaN where one of the two is
// constant. No NaN in either.
double kendall_tau(std::span<const double> a, std::span<const double> b);

}  // namespace seg
