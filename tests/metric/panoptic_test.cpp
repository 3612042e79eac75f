#include "metric/panoptic.h"

#include "support/catch.h"
#include "support/oracle_lesions.h"

#include <torch/utils.h>

#include <cmath>

using namespace seg;

namespace {

const std::vector<Region> kOne = {{"lesion", {1}}};

PanopticQuality quality(const torch::Tensor& prediction, const torch::Tensor& truth) {
  return panoptic_quality(prediction, truth, kOne)[0];
}

// As many separate cubes of side 3 in a row, the first `kept` of them.
torch::Tensor cubes(std::int64_t kept) {
  torch::Tensor map = torch::zeros({3, 3, 20}, torch::kUInt8);
  for (std::int64_t c = 0; c < kept; ++c) map.slice(2, 4 * c, 4 * c + 3).fill_(1);
  return map;
}

void check_value(double value, const nlohmann::json& expected) {
  if (expected.is_null())
    CHECK(std::isnan(value));
  else
    CHECK(value == Approx(expected.get<double>()).margin(1e-12).epsilon(0));
}

}  // namespace

TEST_CASE("panoptic quality of the reference label maps", "[metric][oracle]") {
  SEG_ORACLE(dir);
  int compared = 0;
  for (const auto& c : test::oracle_lesion_cases(dir)) {
    if (!c.results.contains("panoptic")) continue;
    const auto& expected = c.results["panoptic"];
    for (const PanopticQuality& q :
         panoptic_quality(c.prediction, c.reference, test::brats_regions(expected))) {
      INFO(c.name << ", " << q.region);
      const auto& e = expected[q.region];
      CHECK(q.tp == e["tp"].get<std::int64_t>());
      CHECK(q.fp == e["fp"].get<std::int64_t>());
      CHECK(q.fn == e["fn"].get<std::int64_t>());
      check_value(q.rq, e["rq"]);
      check_value(q.sq, e["sq"]);
      check_value(q.pq, e["pq"]);
      std::vector<double> sorted = q.ious;
      std::sort(sorted.begin(), sorted.end());
      REQUIRE(sorted.size() == e["ious"].size());
      for (std::size_t i = 0; i < sorted.size(); ++i) check_value(sorted[i], e["ious"][i]);
      ++compared;
    }
  }
  CHECK(compared >= 6);
}

TEST_CASE("panoptic quality counts instances, and is undefined without any", "[metric]") {
  const PanopticQuality half = quality(cubes(2), cubes(5));
  CHECK(half.tp == 2);
  CHECK(half.fn == 3);
  CHECK(half.fp == 0);
  CHECK(half.rq == Approx(2 / 3.5));
  CHECK(half.sq == 1);
  CHECK(half.pq == Approx(2 / 3.5));
  CHECK(quality(cubes(0), cubes(1)).pq == 0);
  CHECK(quality(cubes(1), cubes(0)).pq == 0);
  CHECK(std::isnan(quality(cubes(0), cubes(0)).pq));
}

TEST_CASE("panoptic quality is unchanged by flips, turned axes and a change of sides", "[metric]") {
  torch::manual_seed(21);
  const auto blobs = [] {
    const torch::Tensor small = (torch::rand({6, 7, 6}) < 0.06).to(torch::kUInt8);
    return small.repeat_interleave(3, 0).repeat_interleave(2, 1).repeat_interleave(5, 2);
  };
  const torch::Tensor truth = blobs();
  const torch::Tensor prediction = truth.roll(1, 2).maximum(blobs());
  const PanopticQuality q = quality(prediction, truth);
  CHECK(q.tp > 1);
  CHECK(q.fp > 0);
  for (const std::int64_t axis : {0, 1, 2}) {
    const PanopticQuality flipped = quality(prediction.flip(axis), truth.flip(axis));
    CHECK(flipped.tp == q.tp);
    CHECK(flipped.pq == Approx(q.pq).epsilon(1e-14));
  }
  CHECK(quality(prediction.permute({1, 2, 0}), truth.permute({1, 2, 0})).pq ==
        Approx(q.pq).epsilon(1e-14));
  const PanopticQuality changed = quality(truth, prediction);
  CHECK(changed.fp == q.fn);
  CHECK(changed.fn == q.fp);
  CHECK(changed.pq == Approx(q.pq).epsilon(1e-14));
}

TEST_CASE("ignored voxels are in no instance", "[metric]") {
  torch::Tensor truth = cubes(2);
  torch::Tensor prediction = cubes(2);
  prediction.slice(2, 3, 4).fill_(1);  // joins the two
  CHECK(quality(prediction, truth).tp == 0);
  truth.slice(2, 3, 4).fill_(255);
  CHECK(quality(prediction, truth).pq == 1);
}
