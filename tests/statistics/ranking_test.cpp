#include "statistics/ranking.h"

#include "core/error.h"
#include "core/random.h"
#include "support/catch.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace seg;

namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr double kFailed = std::numeric_limits<double>::infinity();

// Method m is better than m + 1 by `gap` on the average.
CasesByMethod noisy_cases(std::size_t cases, std::size_t methods, double gap) {
  Random random(9, cases, methods, Purpose::noise);
  CasesByMethod values(cases, std::vector<double>(methods));
  for (auto& row : values)
    for (std::size_t m = 0; m < methods; ++m)
      row[m] = random.normal() - gap * static_cast<double>(m);
  return values;
}

}  // namespace

TEST_CASE("methods are ranked by their means, and equal means share the better rank",
          "[statistics]") {
  const CasesByMethod values = {{0.5, 0.9, 0.5, 0.1}, {0.7, 0.7, 0.7, 0.3}};
  const Ranking high = rank_methods(values, Better::higher, 1);
  CHECK(high.cases == 2);
  CHECK(high.left_out == 0);
  CHECK(high.means[1] == Approx(0.8));
  CHECK(high.ranks == std::vector<std::int64_t>{2, 1, 2, 4});
  CHECK(rank_methods(values, Better::lower, 1).ranks == std::vector<std::int64_t>{2, 4, 2, 1});
}

TEST_CASE("the mean is ranked, not the cases", "[statistics]") {
  // The first method is ahead in two cases of three and behind on the average.
  const CasesByMethod values = {{0.8, 0.7}, {0.8, 0.7}, {0.1, 0.7}};
  CHECK(rank_methods(values, Better::higher, 1).ranks == std::vector<std::int64_t>{2, 1});
}

TEST_CASE("shares of ranks sum to 1 and say how sure a ranking is", "[statistics]") {
  const double gap = GENERATE(0.0, 0.4, 3.0);
  const Ranking ranking = rank_methods(noisy_cases(25, 3, gap), Better::higher, 7, 2000);
  double lead = 1;
  for (const auto& row : ranking.shares) {
    REQUIRE(row.size() == 3);
    CHECK(row[0] + row[1] + row[2] == Approx(1).epsilon(1e-12));
    lead = std::min(lead, *std::max_element(row.begin(), row.end()));
  }
  if (gap == 0) CHECK(lead < 0.9);
  if (gap == 3) CHECK(lead == 1);
  CHECK(ranking.shares == rank_methods(noisy_cases(25, 3, gap), Better::higher, 7, 2000).shares);
}

TEST_CASE("a share is the probability of the draw", "[statistics]") {
  // The first method wins in one case of two: drawn twice, once or never with 1/4, 1/2, 1/4.
  const Ranking ranking = rank_methods({{1, 0}, {0, 1}}, Better::higher, 3);
  CHECK(ranking.ranks == std::vector<std::int64_t>{1, 1});
  for (const auto& row : ranking.shares) {
    CHECK(row[0] == Approx(0.75).margin(0.02));
    CHECK(row[1] == Approx(0.25).margin(0.02));
  }
}

TEST_CASE("cases without a value are left out for all, failures stay", "[statistics]") {
  const CasesByMethod values = {{1, 2, 3}, {kUndefined, 9, 9}, {2, kFailed, 4}};
  const Ranking ranking = rank_methods(values, Better::lower, 1);
  CHECK(ranking.cases == 2);
  CHECK(ranking.left_out == 1);
  CHECK(ranking.means == std::vector{1.5, kFailed, 3.5});
  CHECK(ranking.ranks == std::vector<std::int64_t>{1, 3, 2});
  const Ranking none = rank_methods({{kUndefined, 1}}, Better::lower, 1);
  CHECK(none.ranks == std::vector<std::int64_t>{1, 1});
  CHECK(std::isnan(none.means[1]));
  CHECK(none.shares.empty());
  CHECK(rank_methods({}, Better::lower, 1).ranks.empty());
  CHECK_THROWS_AS(rank_methods({{1, 2}, {1}}, Better::lower, 1), Error);
}

TEST_CASE("wins, ties and losses of each pair", "[statistics]") {
  const CasesByMethod values = {{1, 2}, {3, 3}, {kFailed, 5}, {kUndefined, 1}, {0, 7}};
  const Outcomes low = outcomes(values, Better::lower)[0][1];
  CHECK(low.wins == 2);
  CHECK(low.ties == 1);
  CHECK(low.losses == 1);
  CHECK(low.left_out == 1);
  const auto high = outcomes(values, Better::higher);
  CHECK(high[0][1].wins == 1);
  CHECK(high[1][0].wins == 2);
  CHECK(high[0][0].ties == 4);
  const auto back = outcomes(values, Better::lower)[1][0];
  CHECK(back.wins == low.losses);
  CHECK(back.losses == low.wins);
}

TEST_CASE("Kendall's tau-b of two orders", "[statistics]") {
  const std::vector<double> up = {1, 2, 3, 4, 5}, down = {9, 7, 5, 3, 1};
  CHECK(kendall_tau(up, up) == 1);
  CHECK(kendall_tau(up, down) == -1);
  // As SciPy has them.
  CHECK(kendall_tau(up, std::vector<double>{3, 1, 2, 5, 4}) == Approx(0.4).epsilon(1e-14));
  CHECK(kendall_tau(std::vector<double>{1, 2, 2, 3, 4, 4}, std::vector<double>{2, 1, 3, 3, 5, 4}) ==
        Approx(0.7412493166611013).epsilon(1e-14));
  CHECK(std::isnan(kendall_tau(up, std::vector<double>{1, 1, 1, 1, 1})));
  CHECK(std::isnan(kendall_tau({}, {})));
}
