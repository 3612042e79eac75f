#include "statistics/bootstrap.h"

#include "core/error.h"
#include "core/random.h"
#include "statistics/resample.h"
#include "support/catch.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace seg;

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kUnbounded = std::numeric_limits<double>::infinity();

std::vector<double> normals(std::uint64_t sample, std::size_t count, double mean = 0) {
  Random random(5, sample, 0, Purpose::noise);
  std::vector<double> values(count);
  for (double& value : values) value = mean + random.normal();
  return values;
}

bool same(const Interval& a, const Interval& b) { return a.low == b.low && a.high == b.high; }

}  // namespace

TEST_CASE("a draw takes each case equally often", "[statistics]") {
  std::vector<std::size_t> cases(7);
  std::vector<int> taken(7);
  for (std::int64_t draw = 0; draw < 10'000; ++draw) {
    draw_cases(11, draw, cases);
    for (const std::size_t c : cases) ++taken.at(c);
  }
  for (const int times : taken) CHECK(times == Approx(10'000).epsilon(0.03));
}

TEST_CASE("an interval holds the mean, is repeatable and depends on the seed", "[statistics]") {
  const std::vector<double> values = normals(1, 40, 3);
  double mean = 0;
  for (const double value : values) mean += value / 40;
  const Interval interval = bootstrap_mean(values, 1);
  CHECK(interval.low < mean);
  CHECK(mean < interval.high);
  CHECK(same(interval, bootstrap_mean(values, 1)));
  CHECK_FALSE(same(interval, bootstrap_mean(values, 2)));
  CHECK(bootstrap_mean(values, 2).low == Approx(interval.low).margin(0.03));
}

TEST_CASE("an interval of two values is known in full", "[statistics]") {
  // The mean is 0, 1/2 or 1 with probability 1/4, 1/2, 1/4.
  const Interval interval = bootstrap_mean(std::vector{0.0, 1.0}, 3);
  CHECK(interval.low == 0);
  CHECK(interval.high == 1);
}

TEST_CASE("the share of intervals that hold the truth is about 95 %", "[statistics]") {
  int held = 0;
  constexpr int samples = 600;
  for (std::uint64_t s = 0; s < samples; ++s) {
    const Interval interval = bootstrap_mean(normals(100 + s, 40, 0.5), s, 1000);
    held += interval.low <= 0.5 && 0.5 <= interval.high;
  }
  CHECK(held > 0.91 * samples);
  CHECK(held < 0.98 * samples);
}

TEST_CASE("values that are not finite are left out; none is NaN, one is itself", "[statistics]") {
  const std::vector<double> values = normals(2, 9);
  std::vector<double> more = values;
  more.insert(more.begin() + 4, {kMissing, kUnbounded});
  CHECK(same(bootstrap_mean(values, 1), bootstrap_mean(more, 1)));
  CHECK(std::isnan(bootstrap_mean({}, 1).low));
  CHECK(std::isnan(bootstrap_mean(std::vector{kMissing}, 1).high));
  CHECK(same(bootstrap_mean(std::vector{kMissing, 0.7}, 1), {0.7, 0.7}));
}

TEST_CASE("columns share their draws and are otherwise by themselves", "[statistics]") {
  const std::vector<double> a = normals(3, 30);
  std::vector<double> b = normals(4, 30);
  const auto both = bootstrap_means({a, b}, 8);
  REQUIRE(both.size() == 2);
  CHECK(same(both[0], bootstrap_mean(a, 8)));
  CHECK(same(both[1], bootstrap_mean(b, 8)));
  for (std::size_t i = 0; i < 10; ++i) b[i] = kMissing;
  const auto partly = bootstrap_means({a, b}, 8);
  CHECK(same(partly[0], both[0]));
  // Fewer values: of these about as wide as by themselves.
  const Interval alone = bootstrap_mean(b, 8);
  CHECK(partly[1].high - partly[1].low == Approx(alone.high - alone.low).epsilon(0.1));
  CHECK(partly[1].low == Approx(alone.low).margin(0.1));
  CHECK_THROWS_AS(bootstrap_means({{1, 2}, {1}}, 1), Error);
  CHECK(bootstrap_means({}, 1).empty());
}

TEST_CASE("the interval of a difference pairs the cases", "[statistics]") {
  const std::vector<double> a = normals(6, 25);
  std::vector<double> b;
  for (const double value : a) b.push_back(value - 0.25);
  const Interval shift = bootstrap_mean_difference(a, b, 1);
  CHECK(shift.low == Approx(0.25).epsilon(1e-12));
  CHECK(shift.high == Approx(0.25).epsilon(1e-12));
  b[3] = kMissing;
  CHECK(bootstrap_mean_difference(a, b, 1).low == Approx(0.25).epsilon(1e-12));
  CHECK_THROWS_AS(bootstrap_mean_difference(a, std::vector{1.0}, 1), Error);
}
