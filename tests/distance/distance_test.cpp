#include "distance/distance.h"
#include "support/catch.h"

#include <torch/utils.h>

#include <limits>

using namespace seg;

namespace {

// Of every voxel to every voxel [N, N], squared, in the units of `spacing`.
torch::Tensor all_to_all(const torch::Tensor& volume, const Dhw<double>& spacing) {
  const torch::Tensor scale = torch::tensor({spacing[0], spacing[1], spacing[2]}, torch::kFloat64);
  const torch::Tensor at = torch::ones_like(volume).nonzero().to(torch::kFloat64) * scale;
  return (at.unsqueeze(1) - at.unsqueeze(0)).square().sum(2);
}

// By the exhaustive search over the voxels of `to`.
torch::Tensor exhaustive(const torch::Tensor& to, const Dhw<double>& spacing = {1, 1, 1}) {
  const torch::Tensor away = to.flatten().eq(0).unsqueeze(0);
  return std::get<0>(all_to_all(to, spacing).masked_fill(away, INFINITY).min(1)).view(to.sizes());
}

}  // namespace

TEST_CASE("Squared distances equal the exhaustive search", "[distance]") {
  torch::manual_seed(3);
  const torch::Tensor seeds = torch::rand({7, 9, 11}).lt(0.01).to(torch::kUInt8);
  CHECK(squared_distance(seeds).equal(exhaustive(seeds).to(torch::kFloat)));
}

TEST_CASE("Distances in millimetres equal the exhaustive search, whatever the spacing",
          "[distance]") {
  torch::manual_seed(4);
  const Dhw<double> spacing = GENERATE(Dhw<double>{5, 0.7, 0.7}, Dhw<double>{1, 2, 3},
                                       Dhw<double>{0.5, 0.5, 4}, Dhw<double>{2, 2, 2});
  const torch::Tensor seeds = torch::rand({8, 9, 37}).lt(0.01).to(torch::kUInt8);
  REQUIRE(seeds.any().item<bool>());
  const torch::Tensor found = squared_distance(seeds, spacing).to(torch::kFloat64);
  CHECK(torch::allclose(found, exhaustive(seeds, spacing), 1e-6));
}

TEST_CASE("A spacing scales all distances, and axes change places with it", "[distance]") {
  torch::manual_seed(5);
  const torch::Tensor seeds = torch::rand({6, 7, 20}).lt(0.02).to(torch::kUInt8);
  REQUIRE(seeds.any().item<bool>());
  CHECK(squared_distance(seeds, {2, 2, 2}).equal(4 * squared_distance(seeds)));
  const torch::Tensor turned =
      squared_distance(seeds.permute({2, 0, 1}).contiguous(), {3, 1, 2}).permute({1, 2, 0});
  CHECK(torch::allclose(squared_distance(seeds, {1, 2, 3}), turned, 1e-6));
}

TEST_CASE("Without a seed every distance is infinite", "[distance]") {
  const auto found = squared_distance(torch::zeros({3, 4, 5}, torch::kUInt8));
  CHECK(found.eq(std::numeric_limits<float>::infinity()).all().item<bool>());
}

TEST_CASE("Distances to another label equal the exhaustive search, ignored voxels passed over",
          "[distance]") {
  torch::manual_seed(6);
  const bool ignored = GENERATE(false, true);
  torch::Tensor labels = torch::randint(0, 3, {4, 3, 5}).to(torch::kUInt8);
  labels = labels.repeat_interleave(2, 0).repeat_interleave(3, 1).repeat_interleave(2, 2);
  labels = labels.contiguous();
  if (ignored) labels.masked_fill_(torch::rand(labels.sizes()).lt(0.15), 255);
  const torch::Tensor y = labels.flatten();
  const torch::Tensor other = y.unsqueeze(0).ne(y.unsqueeze(1)) & y.ne(255).unsqueeze(0);
  const torch::Tensor nearest =
      std::get<0>(all_to_all(labels, {1, 1, 1}).masked_fill(~other, INFINITY).min(1));
  const torch::Tensor expected = nearest.masked_fill(y.eq(255), INFINITY).view(labels.sizes());
  CHECK(squared_distance_to_other(labels, 3).equal(expected.to(torch::kFloat)));
}
