#include "metric/dice.h"

#include "support/catch.h"
#include "support/oracle_metrics.h"

#include <torch/utils.h>

#include <algorithm>
#include <cmath>

using namespace seg;

namespace {

// Voxel by voxel, from the definition.
DiceCounts plain_counts(const torch::Tensor& prediction, const torch::Tensor& truth,
                        const Region& region) {
  const auto member = [&](int value) {
    return std::find(region.classes.begin(), region.classes.end(), value) != region.classes.end();
  };
  const torch::Tensor p = prediction.flatten(), t = truth.flatten();
  DiceCounts n;
  for (std::int64_t i = 0; i < p.numel(); ++i) {
    if (t[i].item<int>() == 255) continue;
    const bool in_p = member(p[i].item<int>()), in_t = member(t[i].item<int>());
    n.intersection += in_p && in_t;
    n.prediction += in_p;
    n.truth += in_t;
  }
  return n;
}

torch::Tensor labels(std::vector<int> values) {
  return torch::tensor(values, torch::kInt32).to(torch::kUInt8).view({1, 1, -1});
}

}  // namespace

TEST_CASE("counts agree with the plain ones, for classes and unions, with ignored voxels",
          "[metric]") {
  torch::manual_seed(5);
  const std::vector<Region> regions = {
      {"a", {1}}, {"b", {2}}, {"ab", {1, 2}}, {"abc", {3, 1, 2}}, {"nowhere", {9}}};
  const torch::Tensor prediction = torch::randint(0, 4, {5, 6, 7}, torch::kUInt8);
  torch::Tensor truth = torch::randint(0, 4, {5, 6, 7}, torch::kUInt8);
  truth.masked_fill_(torch::rand({5, 6, 7}) < 0.2, 255);
  const auto fast = dice_counts(prediction, truth, regions);
  REQUIRE(fast.size() == regions.size());
  for (std::size_t k = 0; k < regions.size(); ++k) {
    const DiceCounts plain = plain_counts(prediction, truth, regions[k]);
    CHECK(fast[k].intersection == plain.intersection);
    CHECK(fast[k].prediction == plain.prediction);
    CHECK(fast[k].truth == plain.truth);
  }
}

TEST_CASE("layout in memory and the number of threads leave the counts alone", "[metric]") {
  torch::manual_seed(6);
  const torch::Tensor prediction = torch::randint(0, 3, {130, 128, 150}, torch::kUInt8);
  const torch::Tensor truth = torch::randint(0, 3, {130, 128, 150}, torch::kUInt8);
  const DiceCounts whole = dice_counts(prediction, truth, {{"b", {2}}})[0];
  CHECK(whole.intersection == ((prediction == 2) & (truth == 2)).sum().item<std::int64_t>());
  CHECK(whole.prediction == (prediction == 2).sum().item<std::int64_t>());
  const DiceCounts turned =
      dice_counts(prediction.permute({2, 0, 1}), truth.permute({2, 0, 1}), {{"b", {2}}})[0];
  CHECK(turned.intersection == whole.intersection);
}

TEST_CASE("both sides empty is absent, one side empty is 0", "[metric]") {
  const std::vector<Region> one = {{"a", {1}}};
  const DiceCounts neither = dice_counts(labels({0, 0, 2}), labels({0, 2, 2}), one)[0];
  CHECK(neither.absent());
  CHECK(std::isnan(neither.dice()));
  CHECK(dice_counts(labels({1, 0, 2}), labels({0, 2, 2}), one)[0].dice() == 0);
  CHECK(dice_counts(labels({0, 0, 2}), labels({1, 2, 2}), one)[0].dice() == 0);
  CHECK(dice_counts(labels({1, 1, 0}), labels({1, 1, 0}), one)[0].dice() == 1);
  CHECK(dice_counts(labels({1, 1, 0}), labels({1, 0, 0}), one)[0].dice() ==
        Approx(2.0 / 3).epsilon(1e-15));
  CHECK(dice_counts(labels({1, 1, 0}), labels({1, 255, 0}), one)[0].dice() == 1);
  CHECK(dice_counts(labels({1, 0}), labels({255, 0}), one)[0].absent());
}

TEST_CASE("maps of different shapes are refused", "[metric]") {
  CHECK_THROWS_WITH(dice_counts(labels({1, 0}), labels({1, 0, 0}), {{"a", {1}}}),
                    "dice: prediction and truth have different shapes");
}

TEST_CASE("DSC of the reference label maps", "[metric][oracle]") {
  SEG_ORACLE(dir);
  int compared = 0;
  for (const auto& c : test::oracle_metric_cases(dir))
    for (const auto& expected : c.per_class) {
      INFO(c.name << ", label " << expected["label"]);
      const auto& e = expected["expected"];
      const DiceCounts n = dice_counts(c.prediction, c.reference,
                                       {{"", {expected["label"].get<std::int64_t>()}}})[0];
      CHECK(n.prediction == e["pred_voxels"].get<std::int64_t>());
      CHECK(n.truth == e["ref_voxels"].get<std::int64_t>());
      if (e["dice"].is_null())
        CHECK(n.absent());
      else
        CHECK(n.dice() == Approx(e["dice"].get<double>()).margin(1e-12));
      ++compared;
    }
  CHECK(compared > 15);
}
