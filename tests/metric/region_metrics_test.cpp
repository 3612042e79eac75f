#include "metric/region_metrics.h"

#include "core/error.h"
#include "metric/metrics.h"
#include "support/catch.h"
#include "support/oracle_metrics.h"
#include "support/plain_surface.h"
#include "support/threads.h"

#include <ATen/Parallel.h>
#include <torch/utils.h>

using namespace seg;

namespace {

const std::vector<double> kTolerances = {0.5, 1, 2};

// NaN equals NaN, infinity itself.
void check_value(double found, double expected, double margin) {
  if (std::isnan(expected))
    CHECK(std::isnan(found));
  else if (std::isinf(expected))
    CHECK(found == expected);
  else
    CHECK(found == Approx(expected).epsilon(0).margin(margin));
}

void check_same(const RegionMetrics& a, const RegionMetrics& b, double margin) {
  CHECK(a.counts.intersection == b.counts.intersection);
  CHECK(a.counts.prediction == b.counts.prediction);
  CHECK(a.counts.truth == b.counts.truth);
  check_value(a.hd, b.hd, margin);
  check_value(a.hd95, b.hd95, margin);
  check_value(a.assd, b.assd, margin);
  REQUIRE(a.nsd.size() == b.nsd.size());
  for (std::size_t k = 0; k < a.nsd.size(); ++k) check_value(a.nsd[k], b.nsd[k], margin);
}

void check_same(const std::vector<RegionMetrics>& a, const std::vector<RegionMetrics>& b,
                double margin = 1e-11) {
  REQUIRE(a.size() == b.size());
  for (std::size_t k = 0; k < a.size(); ++k) {
    CAPTURE(k);
    check_same(a[k], b[k], margin);
  }
}

// Boxes of three classes that touch the volume's borders, moved and frayed in the prediction.
struct Pair {
  torch::Tensor prediction, truth;
};
Pair organs() {
  Pair pair{torch::zeros({20, 30, 70}, torch::kUInt8), torch::zeros({20, 30, 70}, torch::kUInt8)};
  pair.truth.slice(0, 0, 9).slice(1, 4, 20).slice(2, 0, 33).fill_(1);
  pair.truth.slice(0, 11, 20).slice(1, 15, 30).slice(2, 40, 70).fill_(2);
  pair.truth.slice(0, 3, 8).slice(1, 22, 29).slice(2, 50, 66).fill_(3);
  pair.prediction.slice(0, 1, 11).slice(1, 5, 19).slice(2, 0, 36).fill_(1);
  pair.prediction.slice(0, 11, 18).slice(1, 17, 30).slice(2, 41, 70).fill_(2);
  pair.prediction.slice(0, 3, 8).slice(1, 20, 30).slice(2, 52, 66).fill_(3);
  pair.prediction.masked_fill_(torch::rand({20, 30, 70}) < 0.01, 2);
  return pair;
}

const std::vector<Region> kRegions = {{"a", {1}},         {"b", {2}},     {"c", {3}},
                                      {"all", {1, 2, 3}}, {"cb", {3, 2}}, {"nowhere", {9}}};
const Dhw<double> kSpacing = {2.5, 0.8, 1.1};

std::vector<RegionMetrics> measured(const Pair& pair, const Dhw<double>& spacing = kSpacing) {
  return region_metrics(pair.prediction, pair.truth, kRegions, spacing, kTolerances);
}

double number(const nlohmann::json& value) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  return value.get<double>();
}

}  // namespace

TEST_CASE("every metric of the reference label maps", "[metric][oracle]") {
  SEG_ORACLE(dir);
  std::ifstream file(dir / "metrics" / "cases.json");
  const auto tolerance = nlohmann::json::parse(file).at("tolerance");
  const std::vector<double> mm = {1, 2};
  int compared = 0;
  for (const auto& c : test::oracle_metric_cases(dir)) {
    std::vector<Region> regions;
    for (const auto& one : c.per_class) regions.push_back({"", {one["label"].get<std::int64_t>()}});
    const auto found = region_metrics(c.prediction, c.reference, regions, dhw_of(c.spacing), mm);
    for (std::size_t k = 0; k < regions.size(); ++k) {
      INFO(c.name << ", label " << c.per_class[k]["label"]);
      CHECK(found[k].surfaces);
      for (const Metric& metric : metrics_of(mm)) {
        const std::string key = metric.name == "dsc" ? "dice" : metric.name;
        const auto& expected = c.per_class[k]["expected"];
        if (!expected.contains(key)) continue;  // precision and recall
        INFO(key);
        check_value(metric.value(found[k]), number(expected[key]), tolerance.at(key));
        ++compared;
      }
    }
  }
  CHECK(compared > 100);
}

TEST_CASE("regions, unions and ignored voxels are measured as the masks they are", "[metric]") {
  torch::manual_seed(31);
  Pair pair = organs();
  pair.truth.masked_fill_(torch::rand(pair.truth.sizes()) < 0.05, 255);
  pair.truth.slice(0, 4, 6).slice(1, 0, 20).fill_(255);
  const auto found = measured(pair);
  for (std::size_t k = 0; k + 1 < kRegions.size(); ++k) {
    torch::Tensor p = torch::zeros_like(pair.truth), t = torch::zeros_like(pair.truth);
    for (const std::int64_t c : kRegions[k].classes) {
      p.masked_fill_(pair.prediction == c, 1);
      t.masked_fill_(pair.truth == c, 1);
    }
    p.masked_fill_(pair.truth == 255, 0);
    const SurfaceMetrics plain = test::plain_surface_metrics(p, t, kSpacing, kTolerances);
    CAPTURE(kRegions[k].name);
    CHECK(found[k].counts.prediction == p.sum().item<std::int64_t>());
    check_value(found[k].hd, plain.hd, 1e-11);
    check_value(found[k].hd95, plain.hd95, 1e-11);
    check_value(found[k].assd, plain.assd, 1e-11);
    for (std::size_t j = 0; j < kTolerances.size(); ++j)
      check_value(found[k].nsd[j], plain.nsd[j], 1e-12);
  }
  CHECK(found.back().counts.absent());
  CHECK(std::isnan(found.back().hd95));
}

TEST_CASE("a region that only ignored voxels predict is absent", "[metric]") {
  Pair pair{torch::zeros({4, 4, 4}, torch::kUInt8), torch::zeros({4, 4, 4}, torch::kUInt8)};
  pair.prediction[1][1][1] = 1;
  pair.truth[1][1][1] = 255;
  const auto found = measured(pair);
  CHECK(found[0].counts.absent());
  CHECK(std::isnan(found[0].hd));
  CHECK(std::isnan(found[0].nsd[0]));
}

TEST_CASE("flips, and axes that change places with their spacing, leave every metric alone",
          "[metric]") {
  torch::manual_seed(32);
  const Pair pair = organs();
  const auto expected = measured(pair);
  for (const std::vector<std::int64_t>& axes : {std::vector<std::int64_t>{0}, {1}, {2}, {0, 1, 2}})
    check_same(measured({pair.prediction.flip(axes), pair.truth.flip(axes)}), expected);
  for (const std::vector<std::int64_t>& order :
       {std::vector<std::int64_t>{1, 0, 2}, {2, 0, 1}, {0, 2, 1}, {2, 1, 0}}) {
    const auto axis = [&](std::size_t k) { return kSpacing[static_cast<std::size_t>(order[k])]; };
    check_same(measured({pair.prediction.permute(order), pair.truth.permute(order)},
                        {axis(0), axis(1), axis(2)}),
               expected);
  }
}

TEST_CASE("the sides change places: distances stay, precision and recall change places",
          "[metric]") {
  torch::manual_seed(33);
  const Pair pair = organs();
  const auto one = measured(pair), other = measured({pair.truth, pair.prediction});
  for (std::size_t k = 0; k + 1 < kRegions.size(); ++k) {
    CHECK(one[k].hd == other[k].hd);
    CHECK(one[k].hd95 == other[k].hd95);
    CHECK(one[k].assd == Approx(other[k].assd).epsilon(1e-13));
    for (std::size_t j = 0; j < kTolerances.size(); ++j)
      CHECK(one[k].nsd[j] == Approx(other[k].nsd[j]).epsilon(1e-13));
    CHECK(one[k].counts.precision() == other[k].counts.recall());
    CHECK(one[k].counts.iou() == other[k].counts.iou());
  }
}

TEST_CASE("a map against itself is perfect, and NSD grows with its tolerance", "[metric]") {
  torch::manual_seed(34);
  const Pair pair = organs();
  for (const RegionMetrics& same : measured({pair.truth, pair.truth})) {
    if (same.counts.absent()) continue;
    CHECK(same.hd == 0);
    CHECK(same.hd95 == 0);
    CHECK(same.assd == 0);
    CHECK(same.counts.dice() == 1);
    for (const double nsd : same.nsd) CHECK(nsd == 1);
  }
  std::vector<double> rising;
  for (double mm = 0; mm < 12; mm += 0.25) rising.push_back(mm);
  rising.push_back(1000);
  for (const RegionMetrics& r :
       region_metrics(pair.prediction, pair.truth, kRegions, kSpacing, rising)) {
    if (r.counts.absent()) continue;
    CHECK(std::is_sorted(r.nsd.begin(), r.nsd.end()));
    CHECK(r.nsd.front() < r.nsd[8]);
    CHECK(r.nsd.back() == 1);
  }
}

TEST_CASE("distances grow with the spacing, NSD with spacing and tolerance stays", "[metric]") {
  torch::manual_seed(35);
  const Pair pair = organs();
  const auto one = measured(pair);
  const auto twice =
      region_metrics(pair.prediction, pair.truth, kRegions, {5, 1.6, 2.2}, {1, 2, 4});
  for (std::size_t k = 0; k + 1 < kRegions.size(); ++k) {
    CHECK(twice[k].hd == 2 * one[k].hd);
    CHECK(twice[k].hd95 == 2 * one[k].hd95);
    CHECK(twice[k].assd == Approx(2 * one[k].assd).epsilon(1e-13));
    for (std::size_t j = 0; j < kTolerances.size(); ++j)
      CHECK(twice[k].nsd[j] == Approx(one[k].nsd[j]).epsilon(1e-13));
  }
}

TEST_CASE("threads and layout in memory change no bit of the surface metrics", "[metric]") {
  torch::manual_seed(36);
  const Pair pair = organs();
  const auto on = [&](int threads) {
    const test::Threads limited(threads);
    return measured(pair);
  };
  const auto alone = on(1);
  check_same(on(4), alone, 0);
  const auto turned = [](const torch::Tensor& map) {
    return map.permute({2, 1, 0}).contiguous().permute({2, 1, 0});
  };
  check_same(measured({turned(pair.prediction), turned(pair.truth)}), alone, 0);
}

TEST_CASE("one side empty: overlaps and NSD 0, distances infinite", "[metric]") {
  Pair pair{torch::zeros({4, 4, 4}, torch::kUInt8), torch::zeros({4, 4, 4}, torch::kUInt8)};
  pair.prediction[1][1][1] = 1;
  pair.truth[1][1][1] = 2;
  const auto found = measured(pair);
  for (const std::size_t k : {0, 1})
    for (const Metric& metric : metrics_of(kTolerances)) {
      CAPTURE(k, metric.name);
      const double value = metric.value(found[k]);
      if (metric.higher_is_better)
        CHECK(value == 0);
      else
        CHECK(value == std::numeric_limits<double>::infinity());
    }
}

TEST_CASE("spacings and tolerances that mean nothing are refused", "[metric]") {
  const Pair pair{torch::zeros({2, 2, 2}, torch::kUInt8), torch::zeros({2, 2, 2}, torch::kUInt8)};
  CHECK_THROWS_WITH(measured(pair, {1, 0, 1}),
                    "a spacing of 0 mm: surface distances need one above 0");
  CHECK_THROWS_AS(measured(pair, {1, NAN, 1}), Error);
  CHECK_THROWS_WITH(region_metrics(pair.prediction, pair.truth, kRegions, kSpacing, {1, -1}),
                    "a tolerance of -1 mm: a surface Dice needs one of at least 0");
}
