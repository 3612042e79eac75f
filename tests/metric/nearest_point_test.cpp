#include "metric/nearest_point.h"

#include "core/random.h"
#include "support/catch.h"

#include <cmath>
#include <limits>

using namespace seg;

namespace {

std::vector<GridPoint> random_points(std::uint64_t seed, std::size_t count, std::int64_t extent) {
  Random random(seed, 0, 0, Purpose::noise);
  std::vector<GridPoint> points(count);
  for (GridPoint& point : points)
    for (std::int32_t& x : point) x = static_cast<std::int32_t>(random.integer(extent)) - 5;
  return points;
}

}  // namespace

TEST_CASE("distances to the nearest point are those of all pairs", "[metric]") {
  const std::size_t count = GENERATE(1, 2, 8, 9, 40, 700);
  const std::int64_t extent = GENERATE(1, 6, 60);
  const Dhw<double> spacing = {0.9, 2.5, 0.3};
  const std::vector<GridPoint> points = random_points(1, count, extent);
  const std::vector<GridPoint> from = random_points(2, 100, 3 * extent);
  const std::vector<double> distances = NearestPoint(points, spacing).distances(from);
  for (std::size_t i = 0; i < from.size(); ++i) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const GridPoint& point : points) {
      double square = 0;
      for (std::size_t a = 0; a < 3; ++a)
        square += std::pow((from[i][a] - point[a]) * spacing[a], 2);
      nearest = std::min(nearest, std::sqrt(square));
    }
    CHECK(distances[i] == Approx(nearest).epsilon(1e-14));
  }
}

TEST_CASE("no points are infinitely far away", "[metric]") {
  const NearestPoint none({}, {1, 1, 1});
  CHECK(none.distances({}).empty());
  CHECK(std::isinf(none.distances({{1, 2, 3}})[0]));
}
