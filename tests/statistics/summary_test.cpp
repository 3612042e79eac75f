#include "statistics/summary.h"

#include "support/catch.h"

#include <cmath>
#include <limits>
#include <vector>

using namespace seg;

namespace {
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kEndless = std::numeric_limits<double>::infinity();
}  // namespace

TEST_CASE("a summary is of the finite values and counts the others", "[statistics]") {
  const Summary s = summary_of(std::vector{4.0, kNone, 1.0, kEndless, 7.0, 2.0, -kEndless, kNone});
  CHECK(s.count == 4);
  CHECK(s.infinite == 2);
  CHECK(s.absent == 2);
  CHECK(s.mean == 3.5);
  CHECK(s.deviation == Approx(std::sqrt(21.0 / 3)).epsilon(1e-15));  // n - 1, not n
  CHECK(s.median == 3);
  CHECK(s.lowest == 1);
  CHECK(s.highest == 7);
  CHECK(summary_of(std::vector{4.0, 1.0, 7.0}).median == 4);
}

TEST_CASE("a summary of one value has no deviation, of none nothing", "[statistics]") {
  const Summary one = summary_of(std::vector{0.25});
  CHECK(one.mean == 0.25);
  CHECK(one.median == 0.25);
  CHECK(std::isnan(one.deviation));
  const Summary none = summary_of(std::vector{kEndless, kNone});
  CHECK(none.count == 0);
  for (const double value : {none.mean, none.deviation, none.median, none.lowest, none.highest})
    CHECK(std::isnan(value));
}
