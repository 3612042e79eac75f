#include "evaluation/lesion_table.h"

#include "support/catch.h"
#include "support/errors.h"

#include <torch/torch.h>

namespace seg {
namespace {

const std::vector<std::string> of_2023 = {"background", "NCR", "ED", "ET"};

std::vector<std::int64_t> classes_of(const std::vector<Region>& regions, const std::string& name) {
  for (const Region& region : regions)
    if (region.name == name) return region.classes;
  return {-1};
}

// Two cubes of ET in the truth, the first found, and one voxel made up.
LabelPair cubes() {
  torch::Tensor truth = torch::zeros({12, 12, 40}, torch::kUInt8);
  truth.slice(0, 2, 7).slice(1, 2, 7).slice(2, 2, 7) = 3;
  truth.slice(0, 2, 7).slice(1, 2, 7).slice(2, 20, 25) = 3;
  torch::Tensor prediction = torch::zeros_like(truth);
  prediction.slice(0, 2, 7).slice(1, 2, 7).slice(2, 2, 7) = 3;
  prediction[11][11][39] = 3;
  return {prediction, truth};
}

}  // namespace

TEST_CASE("tissues are found by name or number, in any order of the classes", "[evaluation]") {
  const auto named = tissue_regions(LesionRule::brats2023, {"background", "ET", "NTC", "ED"});
  CHECK(classes_of(named, "WT") == std::vector<std::int64_t>{2, 3, 1});
  CHECK(classes_of(named, "TC") == std::vector<std::int64_t>{2, 1});
  CHECK(classes_of(named, "ET") == std::vector<std::int64_t>{1});
  const auto numbered = tissue_regions(LesionRule::brats2024, {"background", "1", "2", "3", "4"});
  CHECK(classes_of(numbered, "WT") == std::vector<std::int64_t>{1, 2, 3});
  CHECK(classes_of(numbered, "RC") == std::vector<std::int64_t>{4});
  CHECK(classes_of(numbered, "SNFH") == std::vector<std::int64_t>{2});
  const auto refused = [](LesionRule rule, const std::vector<std::string>& classes) {
    return test::error_of([&] { tissue_regions(rule, classes); }, ErrorKind::config);
  };
  CHECK(refused(LesionRule::brats2023, {"background", "1", "2", "4"}) ==
        "--lesions brats2023: the class '4' is none of its tissues (NETC, SNFH, ET); name the "
        "classes so, in --labels or data.labels");
  CHECK(refused(LesionRule::brats2024, {"background", "NETC", "ET"}) ==
        "--lesions brats2024: no class is its tissue SNFH; name it, in --labels or data.labels");
}

TEST_CASE("lesions are told one by one and summed up per region", "[evaluation]") {
  LesionTable table(LesionRule::brats2023, of_2023, {});
  table.add("p,1", cubes());
  table.add("p2", {torch::zeros({4, 4, 4}, torch::kUInt8), torch::zeros({4, 4, 4}, torch::kUInt8)});
  const std::string lesions = table.lesions_csv(), regions = table.regions_csv();
  CHECK(
      lesions.find("\"p,1\",ET,reference,2 2 2,125,125.000000,1,2 2 2,125,1.000000,0.000000,,\n") !=
      std::string::npos);
  CHECK(lesions.find("\"p,1\",ET,reference,20 2 2,125,125.000000,1,,0,0.000000,374.000000,,\n") !=
        std::string::npos);
  CHECK(lesions.find("\"p,1\",ET,false positive,39 11 11,1,") != std::string::npos);
  // Dice 1 over 1 + 1 + 1; HD95 (0 + 374 + 374) / 3.
  CHECK(regions.find("\"p,1\",ET,1,1,1,") != std::string::npos);
  CHECK(regions.find(",0.333333,249.333333,,,,\n") != std::string::npos);
  const SummaryRows summary = table.summary();
  REQUIRE(summary.rows.size() == 3);
  CHECK(summary.rows[2] ==
        std::vector<std::string>{"ET", "0.6667", "124.67", "1", "1", "1", "1 of 2"});
}

TEST_CASE("panoptic quality is of the evaluation's own regions", "[evaluation]") {
  LesionTable table(LesionRule::panoptic, {"background", "x", "y", "z"}, {{"z", {3}}, {"x", {1}}});
  table.add("p1", cubes());
  CHECK(table.regions_csv() ==
        "case,region,tp,fp,fn,rq,sq,pq\np1,z,1,1,1,0.500000,1.000000,0.500000\np1,x,0,0,0,,,\n");
  CHECK(table.summary().rows[0] ==
        std::vector<std::string>{"z", "0.5000", "0.5000", "1.0000", "1", "1", "1", "1 of 1"});
  CHECK(table.summary().rows[1][1] == "absent");
}

}  // namespace seg
