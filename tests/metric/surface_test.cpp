#include "metric/surface.h"

#include "metric/surface_elements.h"
#include "support/catch.h"
#include "support/plain_surface.h"

#include <torch/utils.h>

using namespace seg;

namespace {

BitVolume bits(const torch::Tensor& mask) {
  BitVolume volume({mask.size(0), mask.size(1), mask.size(2)});
  const torch::Tensor at = mask.nonzero();
  for (std::int64_t i = 0; i < at.size(0); ++i)
    volume.set(at[i][0].item<std::int64_t>(), at[i][1].item<std::int64_t>(),
               at[i][2].item<std::int64_t>());
  return volume;
}

std::vector<std::int64_t> places_of(const BitVolume& volume) {
  std::vector<std::int64_t> places;
  for (std::int64_t d = 0; d < volume.size()[0]; ++d)
    for (std::int64_t h = 0; h < volume.size()[1]; ++h)
      each_set(volume.row(d, h), volume.words(), [&](std::int64_t w) {
        places.push_back((d * volume.size()[1] + h) * volume.size()[2] + w);
      });
  return places;
}

SurfaceMetrics measured(const torch::Tensor& prediction, const torch::Tensor& truth,
                        const Dhw<double>& spacing, const std::vector<double>& tolerances) {
  return surface_metrics(bits(prediction), bits(truth), spacing, tolerances);
}

}  // namespace

TEST_CASE("surface corners are those of the surface elements, for rows of any length", "[metric]") {
  torch::manual_seed(21);
  const std::int64_t width = GENERATE(1, 2, 62, 63, 64, 65, 127, 128, 130);
  for (const double share : {0.03, 0.5, 0.97, 1.1}) {
    const torch::Tensor mask = torch::rand({3, 4, width}).lt(share).to(torch::kUInt8);
    const SurfaceElements elements = surface_elements(mask.data_ptr<std::uint8_t>(), {3, 4, width});
    CAPTURE(width, share);
    CHECK(places_of(surface_corners(bits(mask))) == elements.corners);
  }
}

TEST_CASE("surface voxels have a face on the outside, of the volume too", "[metric]") {
  torch::manual_seed(22);
  const std::int64_t width = GENERATE(1, 63, 64, 65, 130);
  for (const double share : {0.3, 0.95, 1.1}) {
    const torch::Tensor mask = torch::rand({4, 5, width}).lt(share).to(torch::kUInt8);
    std::vector<std::int64_t> expected;
    for (const auto& at : test::plain_surface(mask))
      expected.push_back((at[0] * 5 + at[1]) * width + at[2]);
    CAPTURE(width, share);
    CHECK(places_of(surface_voxels(bits(mask))) == expected);
  }
}

TEST_CASE("surface metrics of random masks equal the plain ones, whatever the spacing",
          "[metric]") {
  torch::manual_seed(23);
  const std::vector<double> tolerances = {0, 0.6, 1, 2.5};
  for (int repetition = 0; repetition < 60; ++repetition) {
    const torch::Tensor random = torch::rand({8}, torch::kFloat64);
    const auto of = [&](int k, double least, double most) {
      return least + random[k].item<double>() * (most - least);
    };
    const Dhw<double> spacing = {of(0, 0.2, 4), of(1, 0.2, 4), of(2, 0.2, 4)};
    const std::vector<std::int64_t> size = {static_cast<std::int64_t>(of(3, 1, 9)),
                                            static_cast<std::int64_t>(of(4, 1, 9)),
                                            static_cast<std::int64_t>(of(5, 1, 90))};
    // From a few voxels to nearly all of them.
    torch::Tensor a = torch::rand(size).lt(of(6, 0.01, 1)).to(torch::kUInt8),
                  b = torch::rand(size).lt(of(7, 0.01, 1)).to(torch::kUInt8);
    a[0][0][0] = 1;
    b[size[0] - 1][size[1] - 1][size[2] - 1] = 1;
    const SurfaceMetrics fast = measured(a, b, spacing, tolerances),
                         plain = test::plain_surface_metrics(a, b, spacing, tolerances);
    CAPTURE(repetition, spacing, size);
    CHECK(fast.hd == Approx(plain.hd).epsilon(1e-12));
    CHECK(fast.hd95 == Approx(plain.hd95).epsilon(1e-12));
    CHECK(fast.assd == Approx(plain.assd).epsilon(1e-12));
    REQUIRE(fast.nsd.size() == tolerances.size());
    for (std::size_t k = 0; k < tolerances.size(); ++k)
      CHECK(fast.nsd[k] == Approx(plain.nsd[k]).epsilon(1e-12));
  }
}

TEST_CASE("empty masks: both undefined, one infinitely far", "[metric]") {
  const torch::Tensor none = torch::zeros({3, 4, 5}, torch::kUInt8);
  torch::Tensor some = none.clone();
  some[1][2][3] = 1;
  const SurfaceMetrics both = measured(none, none, {1, 1, 1}, {1, 2});
  CHECK((std::isnan(both.hd) && std::isnan(both.hd95) && std::isnan(both.assd)));
  REQUIRE(both.nsd.size() == 2);
  CHECK((std::isnan(both.nsd[0]) && std::isnan(both.nsd[1])));
  for (const SurfaceMetrics& one :
       {measured(none, some, {1, 1, 1}, {1, 2}), measured(some, none, {1, 1, 1}, {1, 2})}) {
    CHECK((std::isinf(one.hd) && std::isinf(one.hd95) && std::isinf(one.assd)));
    CHECK(one.nsd == std::vector<double>{0, 0});
  }
}

TEST_CASE("one voxel against another: distances by hand", "[metric]") {
  torch::Tensor a = torch::zeros({6, 7, 80}, torch::kUInt8), b = a.clone();
  a[1][1][1] = 1;
  b[3][4][71] = 1;
  const double expected = std::sqrt(16.0 + 9.0 + 35.0 * 35.0);
  const SurfaceMetrics m = measured(a, b, {2, 1, 0.5}, {expected - 1e-9, expected});
  CHECK(m.hd == expected);
  CHECK(m.hd95 == expected);
  CHECK(m.assd == expected);
  // The corners of both are as far apart, the inner ones less.
  CHECK(m.nsd[0] < 1);
  CHECK(m.nsd[1] > m.nsd[0]);
  CHECK(measured(a, a, {2, 1, 0.5}, {0}).nsd == std::vector<double>{1});
}

TEST_CASE("the 95th percentile is interpolated, and the larger of the two directions", "[metric]") {
  // Truth a row of 11 voxels, prediction its first: distances 0 .. 10 one way, 0 the other.
  torch::Tensor truth = torch::ones({1, 1, 11}, torch::kUInt8), prediction = truth.clone();
  prediction.slice(2, 1).fill_(0);
  for (const SurfaceMetrics& m :
       {measured(prediction, truth, {1, 1, 3}, {}), measured(truth, prediction, {1, 1, 3}, {})}) {
    CHECK(m.hd == 30);
    CHECK(m.hd95 == Approx(28.5).epsilon(1e-15));
    CHECK(m.assd == Approx(3.0 * 55 / 12).epsilon(1e-15));
    CHECK(m.nsd.empty());
  }
}
