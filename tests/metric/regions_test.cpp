#include "metric/regions.h"

#include "core/error.h"
#include "support/catch.h"

using namespace seg;

namespace {
const std::vector<std::string> brats = {"background", "NTC", "ED", "ET"};
}

TEST_CASE("without regions each target class stands for itself", "[metric]") {
  const auto regions = regions_of({}, brats);
  REQUIRE(regions.size() == 3);
  for (std::int64_t c = 1; c <= 3; ++c) {
    CHECK(regions[static_cast<std::size_t>(c - 1)].name == brats[static_cast<std::size_t>(c)]);
    CHECK(regions[static_cast<std::size_t>(c - 1)].classes == std::vector<std::int64_t>{c});
  }
}

TEST_CASE("regions unite classes by name, in the order of the file", "[metric]") {
  EvaluationConfig config;
  config.regions = {{"WT", {"NTC", "ED", "ET"}}, {"TC", {"ET", "NTC"}}, {"ET", {"ET"}}};
  const auto regions = regions_of(config, brats);
  REQUIRE(regions.size() == 3);
  CHECK(regions[0].name == "WT");
  CHECK(regions[0].classes == std::vector<std::int64_t>{1, 2, 3});
  CHECK(regions[1].classes == std::vector<std::int64_t>{3, 1});
  CHECK(regions[2].classes == std::vector<std::int64_t>{3});
}

TEST_CASE("a region of an unknown class or of none is a configuration error", "[metric]") {
  EvaluationConfig config;
  config.regions = {{"TC", {"ET", "NCR"}}};
  CHECK_THROWS_WITH(regions_of(config, brats),
                    "evaluation.regions.TC names the class 'NCR', which data.labels does not have "
                    "(it has background, NTC, ED, ET)");
  config.regions = {{"TC", {}}};
  CHECK_THROWS_WITH(regions_of(config, brats), "evaluation.regions.TC names no class");
  CHECK_THROWS_AS(regions_of(config, brats), Error);
}
