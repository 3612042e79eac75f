#include "metric/lesions.h"

#include "core/error.h"
#include "metric/region_masks.h"
#include "support/catch.h"
#include "support/oracle_lesions.h"

#include <torch/utils.h>

#include <cmath>

using namespace seg;
using nlohmann::json;

namespace {

std::vector<std::int64_t> list_of(const Dhw<std::int64_t>& v) { return {v[0], v[1], v[2]}; }

void check_scores(const LesionScores& scores, const json& expected, const std::string& prefix) {
  CHECK(scores.dice == Approx(expected[prefix + "dice"].get<double>()).margin(1e-12).epsilon(0));
  CHECK(scores.hd95 == Approx(expected[prefix + "hd95"].get<double>()).margin(1e-5).epsilon(0));
  const bool has_nsd = expected.contains(prefix + "nsd05");
  CHECK(std::isnan(scores.nsd05) == !has_nsd);
  CHECK(std::isnan(scores.nsd10) == !has_nsd);
  if (!has_nsd) return;
  CHECK(scores.nsd05 == Approx(expected[prefix + "nsd05"].get<double>()).margin(1e-7).epsilon(0));
  CHECK(scores.nsd10 == Approx(expected[prefix + "nsd10"].get<double>()).margin(1e-7).epsilon(0));
}

void check_whole(const WholeRegion& whole, const json& expected) {
  check_scores(whole.scores, expected, "");
  const auto close = [&](double value, const char* key, double margin) {
    CHECK(value == Approx(expected[key].get<double>()).margin(margin).epsilon(0));
  };
  close(whole.sensitivity, "sensitivity", 1e-12);
  close(whole.specificity, "specificity", 1e-12);
  close(whole.truth_mm3, "ref_mm3", 1e-9);
  close(whole.prediction_mm3, "pred_mm3", 1e-9);
}

void check_lesion(const Lesion& lesion, const json& expected) {
  INFO("lesion " << expected["first"]);
  CHECK(list_of(lesion.first) == expected["first"].get<std::vector<std::int64_t>>());
  CHECK(lesion.voxels == expected["voxels"].get<std::int64_t>());
  CHECK(lesion.mm3 == Approx(expected["mm3"].get<double>()).margin(1e-9).epsilon(0));
  CHECK(lesion.counted == expected["counted"].get<bool>());
  std::vector<std::vector<std::int64_t>> matched;
  for (const auto& first : lesion.matched) matched.push_back(list_of(first));
  CHECK(json(matched) == expected["matched"]);
  CHECK(lesion.matched_voxels == expected["pred_voxels"].get<std::int64_t>());
  check_scores(lesion.scores, expected, "");
}

json named(const std::vector<NamedLesion>& lesions) {
  json list = json::array();
  for (const NamedLesion& lesion : lesions)
    list.push_back({{"first", list_of(lesion.first)}, {"voxels", lesion.voxels}});
  return list;
}

void check_region(const RegionLesions& region, const json& expected) {
  INFO("region " << region.region);
  CHECK(region.tp == expected["tp"].get<std::int64_t>());
  CHECK(region.fp == expected["fp"].get<std::int64_t>());
  CHECK(region.fn == expected["fn"].get<std::int64_t>());
  check_scores(region.scores, expected, "lesion_");
  check_whole(region.whole, expected["full"]);
  REQUIRE(region.lesions.size() == expected["lesions"].size());
  for (std::size_t l = 0; l < region.lesions.size(); ++l)
    check_lesion(region.lesions[l], expected["lesions"][l]);
  CHECK(named(region.false_positives) == expected["false_positives"]);
  CHECK(named(region.dropped) == expected.value("dropped", json::array()));
}

// Random blobs of labels 1 .. 4.
torch::Tensor random_labels(std::int64_t seed) {
  torch::manual_seed(seed);
  const torch::Tensor small = torch::randint(0, 5, {9, 11, 8}, torch::kUInt8) *
                              (torch::rand({9, 11, 8}) < 0.03).to(torch::kUInt8);
  return small.repeat_interleave(4, 0).repeat_interleave(3, 1).repeat_interleave(4, 2);
}

const std::vector<Region> kRegions =
    test::brats_regions(json::parse(R"({"WT":0, "TC":0, "ET":0, "NETC":0, "SNFH":0, "RC":0})"));
const std::vector<Region> kThree = {kRegions.begin(), kRegions.begin() + 3};

bool same_scores(const LesionScores& a, const LesionScores& b) {
  const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  return same(a.dice, b.dice) && same(a.hd95, b.hd95) && same(a.nsd05, b.nsd05) &&
         same(a.nsd10, b.nsd10);
}

}  // namespace

TEST_CASE("lesion-wise scores of the reference label maps", "[metric][oracle]") {
  SEG_ORACLE(dir);
  const LesionRule rule =
      GENERATE(LesionRule::brats2023, LesionRule::brats2023_met, LesionRule::brats2024);
  int compared = 0;
  for (const auto& c : test::oracle_lesion_cases(dir)) {
    const std::string word(word_of(rule));
    if (!c.results.contains(word)) continue;
    INFO(c.name << ", " << word);
    const json& expected = c.results[word];
    const auto scores =
        lesion_scores(c.prediction, c.reference, test::brats_regions(expected), c.spacing, rule, 1);
    REQUIRE(scores.size() == expected.size());
    for (const RegionLesions& region : scores) {
      check_region(region, expected[region.region]);
      ++compared;
    }
  }
  CHECK(compared >= 3);
}

TEST_CASE("without a lesion on either side a region is perfect and says that it has none",
          "[metric]") {
  const torch::Tensor empty = torch::zeros({4, 5, 6}, torch::kUInt8);
  for (const LesionRule rule : {LesionRule::brats2023, LesionRule::brats2024}) {
    const bool nsd = rule == LesionRule::brats2024;
    for (const RegionLesions& r :
         lesion_scores(empty, empty, nsd ? kRegions : kThree, {1, 1, 1}, rule)) {
      CHECK(r.none());
      CHECK(r.scores.dice == 1);
      CHECK(r.scores.hd95 == 0);
      CHECK(std::isnan(r.scores.nsd05) != nsd);
      CHECK(r.whole.specificity == 1);
    }
  }
}

TEST_CASE("a lesion missed or made up costs 0 and the penalty", "[metric]") {
  const torch::Tensor empty = torch::zeros({9, 9, 9}, torch::kUInt8);
  torch::Tensor full = empty.clone();
  full.slice(0, 2, 6).slice(1, 2, 6).slice(2, 2, 6).fill_(3);
  const RegionLesions missed =
      lesion_scores(empty, full, {{"ET", {3}}}, {1, 1, 1}, LesionRule::brats2023)[0];
  CHECK(missed.fn == 1);
  CHECK(missed.tp + missed.fp == 0);
  const RegionLesions made_up =
      lesion_scores(full, empty, {{"ET", {3}}}, {1, 1, 1}, LesionRule::brats2023)[0];
  CHECK(made_up.fp == 1);
  for (const RegionLesions& region : {missed, made_up}) {
    CHECK(region.scores.dice == 0);
    CHECK(region.scores.hd95 == 374);
    CHECK(region.whole.scores.dice == 0);
    CHECK(region.whole.scores.hd95 == 374);
    CHECK(region.whole.sensitivity == 0);
  }
}

TEST_CASE("a map compared with itself is perfect wherever a lesion counts", "[metric]") {
  const torch::Tensor labels = random_labels(12);
  const auto scores = lesion_scores(labels, labels, kRegions, {1, 1, 1}, LesionRule::brats2024);
  std::int64_t counted = 0;
  for (const RegionLesions& region : scores) {
    counted += region.tp;
    CHECK(region.fp + region.fn == 0);
    CHECK(region.scores.dice == 1);
    CHECK(region.scores.hd95 == 0);
    CHECK(region.scores.nsd05 == 1);
    CHECK(region.whole.sensitivity == 1);
  }
  CHECK(counted > 6);
}

TEST_CASE("brats2023 does not depend on the axes' order, nor its counts on their direction",
          "[metric]") {
  const torch::Tensor truth = random_labels(13);
  const torch::Tensor prediction = random_labels(14).where(torch::rand(truth.sizes()) < 0.4, truth);
  const Dhw<double> spacing = {1, 1.5, 0.75};
  const LesionRule rule = LesionRule::brats2023;
  const auto scores = lesion_scores(prediction, truth, kThree, spacing, rule);
  const auto turned = lesion_scores(prediction.permute({2, 0, 1}), truth.permute({2, 0, 1}), kThree,
                                    {spacing[2], spacing[0], spacing[1]}, rule);
  const auto flipped =
      lesion_scores(prediction.flip({0, 2}), truth.flip({0, 2}), kThree, spacing, rule);
  std::int64_t lesions = 0;
  for (std::size_t r = 0; r < kThree.size(); ++r) {
    INFO(kThree[r].name);
    lesions += std::ssize(scores[r].lesions);
    for (const RegionLesions& other : {turned[r], flipped[r]}) {
      CHECK(other.tp == scores[r].tp);
      CHECK(other.fp == scores[r].fp);
      CHECK(other.fn == scores[r].fn);
      CHECK(other.scores.dice == Approx(scores[r].scores.dice).epsilon(1e-12));
      CHECK(other.whole.specificity == Approx(scores[r].whole.specificity).epsilon(1e-12));
    }
    CHECK(turned[r].scores.hd95 == Approx(scores[r].scores.hd95).epsilon(1e-9));
    CHECK(turned[r].whole.scores.hd95 == Approx(scores[r].whole.scores.hd95).epsilon(1e-9));
  }
  CHECK(lesions > 5);
}

TEST_CASE("ignored voxels leave both sides, also for what they join", "[metric]") {
  // Two pieces that the ignored voxels between them would join.
  torch::Tensor truth = torch::zeros({1, 1, 30}, torch::kUInt8);
  truth.slice(2, 0, 5).fill_(3);
  truth.slice(2, 5, 12).fill_(255);
  truth.slice(2, 12, 17).fill_(3);
  const torch::Tensor prediction = torch::full_like(truth, 3).slice(2, 0, 17);
  const torch::Tensor padded = torch::cat({prediction, torch::zeros_like(truth).slice(2, 17)}, 2);
  const RegionLesions region =
      lesion_scores(padded, truth, {{"ET", {3}}}, {4, 4, 1}, LesionRule::brats2023)[0];
  CHECK(region.lesions.size() == 2);
  CHECK(region.tp == 2);
  CHECK(region.fp == 0);
  CHECK(region.scores.dice == 1);
  CHECK(region.whole.sensitivity == 1);
  CHECK(region.whole.specificity == 1);
}

TEST_CASE("the number of threads leaves the scores alone", "[metric]") {
  const torch::Tensor truth = random_labels(15), prediction = random_labels(16);
  const auto one = lesion_scores(prediction, truth, kRegions, {1, 2, 1}, LesionRule::brats2024, 1);
  const auto more = lesion_scores(prediction, truth, kRegions, {1, 2, 1}, LesionRule::brats2024, 5);
  for (std::size_t r = 0; r < one.size(); ++r) {
    CHECK(same_scores(one[r].scores, more[r].scores));
    CHECK(same_scores(one[r].whole.scores, more[r].whole.scores));
    CHECK(one[r].lesions.size() == more[r].lesions.size());
  }
}

TEST_CASE("regions that a rule does not know, or that it misses, are configuration errors",
          "[metric]") {
  const torch::Tensor empty = torch::zeros({2, 2, 2}, torch::kUInt8);
  const auto scored = [&](const std::vector<Region>& regions, LesionRule rule) {
    return lesion_scores(empty, empty, regions, {1, 1, 1}, rule);
  };
  CHECK_THROWS_WITH(scored({{"liver", {1}}}, LesionRule::brats2023),
                    "lesions: brats2023 knows no region 'liver'; name its regions WT, TC, ET");
  CHECK_THROWS_WITH(scored(kThree, LesionRule::brats2024),
                    "lesions: brats2024 needs the region NETC to join tissues; name it, if without "
                    "a label");
  CHECK_THROWS_AS(scored(kThree, LesionRule::panoptic), Error);
  CHECK_THROWS_WITH(lesion_scores(empty, torch::zeros({2, 2, 3}, torch::kUInt8), kThree, {1, 1, 1},
                                  LesionRule::brats2023),
                    "lesions: prediction and truth have different shapes, or not three axes");
}
