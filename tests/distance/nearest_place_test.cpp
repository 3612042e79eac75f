#include "distance/nearest_place.h"
#include "support/catch.h"

#include <torch/utils.h>

#include <cmath>
#include <vector>

using namespace seg;

namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();

struct Found {
  std::int64_t d, h, w;
  double mm;
};

BitVolume bits_of(const torch::Tensor& places) {
  BitVolume bits({places.size(0), places.size(1), places.size(2)});
  const torch::Tensor at = places.nonzero();
  for (std::int64_t i = 0; i < at.size(0); ++i)
    bits.set(at[i][0].item<std::int64_t>(), at[i][1].item<std::int64_t>(),
             at[i][2].item<std::int64_t>());
  return bits;
}

std::vector<Found> found_of(const torch::Tensor& from, const torch::Tensor& to,
                            const Dhw<double>& spacing, const Reach& reach = {}) {
  std::vector<Found> found;
  nearest_places(bits_of(from), bits_of(to), spacing, reach,
                 [&](std::int64_t d, std::int64_t h, std::int64_t w, double mm) {
                   found.push_back({d, h, w, mm});
                 });
  return found;
}

// Of every place to every place.
std::vector<Found> exhaustive_of(const torch::Tensor& from, const torch::Tensor& to,
                                 const Dhw<double>& spacing) {
  const torch::Tensor a = from.nonzero(), b = to.nonzero().to(torch::kFloat64);
  std::vector<Found> found;
  for (std::int64_t i = 0; i < a.size(0); ++i) {
    double mm = kNone;
    if (b.size(0) > 0) {
      const torch::Tensor steps =
          (b - a[i]) * torch::tensor({spacing[0], spacing[1], spacing[2]}, torch::kFloat64);
      mm = steps.square().sum(1).min().sqrt().item<double>();
    }
    found.push_back({a[i][0].item<std::int64_t>(), a[i][1].item<std::int64_t>(),
                     a[i][2].item<std::int64_t>(), mm});
  }
  return found;
}

void check_same(const std::vector<Found>& found, const std::vector<Found>& expected,
                double reach = kNone) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i, found[i].d, found[i].h, found[i].w);
    REQUIRE((found[i].d == expected[i].d && found[i].h == expected[i].h &&
             found[i].w == expected[i].w));
    if (expected[i].mm > reach)
      REQUIRE(found[i].mm == kNone);
    else
      REQUIRE(found[i].mm == Approx(expected[i].mm).epsilon(1e-14).margin(1e-300));
  }
}

torch::Tensor places(double share, const std::vector<std::int64_t>& size) {
  return torch::rand(size).lt(share).to(torch::kUInt8);
}

// The search, and the transform alone.
const auto kWays = {Reach{}, Reach{.rows_per_voxel = 0}, Reach{.rows_per_voxel = 0.01}};

}  // namespace

TEST_CASE("distances to the nearest place equal the exhaustive search, near and far",
          "[distance]") {
  torch::manual_seed(11);
  const Dhw<double> spacing =
      GENERATE(Dhw<double>{1, 1, 1}, Dhw<double>{5, 0.7, 0.7}, Dhw<double>{0.3, 2.1, 0.9},
               Dhw<double>{0.8, 0.8, 0.01}, Dhw<double>{0.01, 1, 30});
  // Rows of several words, and of less than one; from dense to a single place.
  const std::vector<std::int64_t> size =
      GENERATE(std::vector<std::int64_t>{5, 7, 200}, std::vector<std::int64_t>{40, 3, 64},
               std::vector<std::int64_t>{4, 60, 9}, std::vector<std::int64_t>{30, 30, 1});
  for (const double share : {0.2, 0.02, 0.001}) {
    const torch::Tensor from = places(0.1, size), to = places(share, size);
    to[size[0] / 2][size[1] - 1][0] = 1;
    const auto expected = exhaustive_of(from, to, spacing);
    for (const Reach& way : kWays) {
      CAPTURE(share, way.rows_per_voxel, spacing, size);
      check_same(found_of(from, to, spacing, way), expected);
    }
  }
}

TEST_CASE("beyond the reach a distance is infinite, at it it is not", "[distance]") {
  torch::manual_seed(12);
  const Dhw<double> spacing = {1.5, 0.7, 0.7};
  const torch::Tensor from = places(0.05, {12, 40, 90}), to = places(0.002, {12, 40, 90});
  const auto expected = exhaustive_of(from, to, spacing);
  for (const double mm : {0.0, 0.7, 2.1, 7.0, 30.0})
    for (const Reach& way : kWays) {
      CAPTURE(mm, way.rows_per_voxel);
      check_same(found_of(from, to, spacing, {mm, way.rows_per_voxel}), expected, mm);
    }
  torch::Tensor one = torch::zeros({1, 1, 150}, torch::kUInt8), other = one.clone();
  one[0][0][3] = 1;
  other[0][0][103] = 1;
  for (const Reach& way : kWays) {
    CHECK(found_of(one, other, {1, 1, 1}, {100, way.rows_per_voxel})[0].mm == 100);
    CHECK(found_of(one, other, {1, 1, 1}, {99.99, way.rows_per_voxel})[0].mm == kNone);
  }
}

TEST_CASE("two sets far apart, and one around the other", "[distance]") {
  torch::Tensor from = torch::zeros({50, 50, 150}, torch::kUInt8), to = from.clone();
  from.slice(0, 20, 24).slice(1, 20, 23).slice(2, 70, 75).fill_(1);
  SECTION("apart") { to.slice(0, 45).slice(1, 0, 3).slice(2, 140).fill_(1); }
  SECTION("around") {
    to.fill_(1);
    to.slice(0, 1, 49).slice(1, 1, 49).slice(2, 1, 149).fill_(0);
  }
  SECTION("nowhere") {}
  for (const Reach& way : kWays)
    check_same(found_of(from, to, {1, 2, 0.5}, way), exhaustive_of(from, to, {1, 2, 0.5}));
}

TEST_CASE("a place that is in both sets has distance 0, and no place is told of none",
          "[distance]") {
  const torch::Tensor some = places(0.1, {3, 4, 70});
  for (const Reach& way : kWays) {
    for (const Found& f : found_of(some, some, {1, 1, 1}, way)) CHECK(f.mm == 0);
    CHECK(found_of(torch::zeros_like(some), some, {1, 1, 1}, way).empty());
  }
}

TEST_CASE("more planes than the transform counts are refused, not miscounted", "[distance]") {
  BitVolume most({65534, 1, 1}), more({65535, 1, 1});
  most.set(0, 0, 0);
  more.set(0, 0, 0);
  BitVolume last({65534, 1, 1});
  last.set(65533, 0, 0);
  double found = 0;
  nearest_places(last, most, {1, 1, 1}, {.rows_per_voxel = 0},
                 [&](auto, auto, auto, double mm) { found = mm; });
  CHECK(found == 65533);
  CHECK_THROWS_WITH(
      nearest_places(more, more, {1, 1, 1}, {.rows_per_voxel = 0}, [](auto, auto, auto, double) {}),
      "65535 planes are more than distances are measured over (65534)");
}
