#include "statistics/holm.h"

#include "core/random.h"
#include "support/catch.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <limits>

using namespace seg;

TEST_CASE("Holm's p values of the reference vectors", "[statistics][oracle]") {
  SEG_ORACLE(dir);
  std::ifstream file(dir / "statistics" / "cases.json");
  const auto index = nlohmann::json::parse(file);
  for (const auto& c : index.at("holm")) {
    INFO(c["p"]);
    const std::vector<double> p = c["p"], expected = c["holm"];
    const std::vector<double> adjusted = holm(p);
    REQUIRE(adjusted.size() == expected.size());
    for (std::size_t i = 0; i < p.size(); ++i)
      CHECK(adjusted[i] == Approx(expected[i]).epsilon(1e-9).margin(1e-14));
  }
  CHECK(index.at("holm").size() >= 7);
}

TEST_CASE("Holm's p values keep the order, are no smaller and at most 1", "[statistics]") {
  for (std::uint64_t round = 0; round < 20; ++round) {
    Random random(4, round, 0, Purpose::noise);
    std::vector<double> p(1 + static_cast<std::size_t>(random.integer(12)));
    for (double& value : p) value = std::pow(random.uniform(), 3);
    const std::vector<double> adjusted = holm(p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      CHECK(adjusted[i] >= p[i]);
      CHECK(adjusted[i] <= 1);
      for (std::size_t j = 0; j < p.size(); ++j)
        if (p[i] <= p[j]) CHECK(adjusted[i] <= adjusted[j]);
    }
  }
}

TEST_CASE("an undefined p value stays one and is no hypothesis", "[statistics]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> adjusted = holm(std::vector{0.03, nan, 0.01});
  CHECK(adjusted[0] == 0.03);
  CHECK(std::isnan(adjusted[1]));
  CHECK(adjusted[2] == 0.02);
  CHECK(holm({}).empty());
}
