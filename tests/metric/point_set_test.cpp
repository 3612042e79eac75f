#include "metric/point_set.h"

#include "core/random.h"
#include "support/catch.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace seg;

namespace {

const Dhw<double> kUneven = {0.9, 2.5, 0.3};

std::vector<GridPoint> random_points(std::uint64_t seed, std::size_t count, std::int64_t extent) {
  Random random(seed, 0, 0, Purpose::noise);
  std::vector<GridPoint> points(count);
  for (GridPoint& point : points)
    for (std::int32_t& x : point) x = static_cast<std::int32_t>(random.integer(extent)) - 5;
  return points;
}

std::vector<double> random_weights(std::size_t count) {
  Random random(3, count, 0, Purpose::noise);
  std::vector<double> weights(count);
  for (double& weight : weights) weight = 0.2 + random.uniform();
  return weights;
}

// Over all pairs.
double plain_distance(const GridPoint& from, const std::vector<GridPoint>& points) {
  double nearest = std::numeric_limits<double>::infinity();
  for (const GridPoint& point : points) {
    double square = 0;
    for (std::size_t a = 0; a < 3; ++a) square += std::pow((from[a] - point[a]) * kUneven[a], 2);
    nearest = std::min(nearest, std::sqrt(square));
  }
  return nearest;
}

double plain_quantile(const std::vector<GridPoint>& points, const std::vector<double>& weights,
                      const std::vector<GridPoint>& others, double share) {
  std::vector<std::pair<double, double>> sorted;
  double total = 0, reached = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    sorted.emplace_back(plain_distance(points[i], others), weights[i]);
    total += weights[i];
  }
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [distance, weight] : sorted) {
    reached += weight;
    if (reached >= share * total) return distance;
  }
  return sorted.back().first;
}

}  // namespace

TEST_CASE("the distance to the nearest point is that of all pairs", "[metric]") {
  const std::size_t count = GENERATE(1, 2, 8, 9, 40, 700);
  const std::int64_t extent = GENERATE(1, 6, 60);
  const std::vector<GridPoint> points = random_points(1, count, extent);
  const PointSet set(points, {}, kUneven);
  CHECK(set.weight() == static_cast<double>(count));
  for (const GridPoint& from : random_points(2, 100, 3 * extent))
    CHECK(set.distance(from) == Approx(plain_distance(from, points)).epsilon(1e-14));
}

TEST_CASE("quantiles and shares of distances are those of all points", "[metric]") {
  const std::size_t count = GENERATE(1, 3, 9, 60, 800);
  const std::size_t others = GENERATE(1, 5, 300);
  const std::int64_t extent = GENERATE(3, 20, 90);
  const std::vector<GridPoint> a = random_points(4, count, extent);
  const std::vector<GridPoint> b = random_points(5, others, 30);
  const std::vector<double> weights = random_weights(count);
  const PointSet set(a, weights, kUneven), other(b, {}, kUneven);
  for (const double share : {0.05, 0.5, 0.95, 1.0})
    CHECK(set.quantile_of_distances(other, share) ==
          Approx(plain_quantile(a, weights, b, share)).epsilon(1e-14));
  for (const double tolerance : {0.0, 0.3, 1.0, 2.5, 20.0}) {
    double within = 0;
    for (std::size_t i = 0; i < count; ++i)
      if (plain_distance(a[i], b) <= tolerance + 1e-12) within += weights[i];
    CHECK(set.weight_within(other, tolerance + 1e-12) == Approx(within).epsilon(1e-12));
  }
}

TEST_CASE("a share that is met exactly is reached, however the sums are rounded", "[metric]") {
  // 20 equal weights at distances 1 .. 20: the 19th makes 95 %.
  const double weight = GENERATE(0.1, 1.0 / 3, 0.21650635094610965, 7.3);
  std::vector<GridPoint> points;
  for (std::int32_t i = 1; i <= 20; ++i) points.push_back({0, 0, i});
  const PointSet set(points, std::vector<double>(20, weight), {1, 1, 1});
  CHECK(set.quantile_of_distances(PointSet({{0, 0, 0}}, {}, {1, 1, 1}), 0.95) == 19);
}

TEST_CASE("no points are infinitely far away and weigh nothing", "[metric]") {
  const PointSet none;
  CHECK(none.empty());
  CHECK(none.weight() == 0);
  CHECK(std::isinf(none.distance({1, 2, 3})));
  CHECK(PointSet({{0, 0, 0}}, {}, {1, 1, 1}).weight_within(none, 9) == 0);
}
