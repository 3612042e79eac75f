#include "statistics/wilcoxon.h"

#include "core/error.h"
#include "core/random.h"
#include "support/catch.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <limits>
#include <vector>

using namespace seg;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Plain {
  double w_plus = 0, two_sided, less, greater;
};

// Every sign pattern, one by one; ranks by counting what is smaller and what is equal.
Plain by_all_patterns(const std::vector<double>& differences) {
  const std::size_t n = differences.size();
  std::vector<double> ranks(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const double x = std::abs(differences[i]), y = std::abs(differences[j]);
      ranks[i] += (y < x ? 1 : 0) + (y == x ? 0.5 : 0);
    }
  Plain plain;
  for (std::size_t i = 0; i < n; ++i) plain.w_plus += differences[i] > 0 ? ranks[i] + 0.5 : 0;
  double at_most = 0, at_least = 0;
  for (unsigned pattern = 0; pattern < 1u << n; ++pattern) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += (pattern >> i & 1) != 0 ? ranks[i] + 0.5 : 0;
    at_most += sum <= plain.w_plus;
    at_least += sum >= plain.w_plus;
  }
  const double all = std::ldexp(1.0, static_cast<int>(n));
  plain.less = at_most / all;
  plain.greater = at_least / all;
  plain.two_sided = std::min(1.0, 2 * std::min(plain.less, plain.greater));
  return plain;
}

// What the vectors say of one pair of columns, `which` way.
void check_p(const Wilcoxon& w, const nlohmann::json& p, const std::string& which) {
  const auto close = [](double value, const nlohmann::json& expected) {
    if (expected.is_null()) return std::isnan(value);
    return value == Approx(expected.get<double>()).epsilon(1e-9).margin(1e-14);
  };
  INFO(which);
  CHECK(close(w.two_sided, p["two-sided"][which]));
  CHECK(close(w.less, p["less"][which]));
  CHECK(close(w.greater, p["greater"][which]));
}

}  // namespace

TEST_CASE("Wilcoxon's test of the reference vectors", "[statistics][oracle]") {
  SEG_ORACLE(dir);
  std::ifstream file(dir / "statistics" / "cases.json");
  const auto index = nlohmann::json::parse(file);
  int compared = 0;
  for (const auto& c : index.at("wilcoxon")) {
    INFO(c["name"]);
    const std::vector<double> a = c["a"], b = c["b"];
    const Wilcoxon w = wilcoxon(a, b);
    CHECK(w.nonzero == c["n_nonzero"].get<std::int64_t>());
    CHECK(w.zeros == c["zeros"].get<std::int64_t>());
    CHECK(w.absent == 0);
    CHECK(w.w_plus == c["w_plus"].get<double>());
    CHECK(w.w_minus == c["w_minus"].get<double>());
    CHECK(w.exact == (w.nonzero > 0 && w.nonzero <= 50));
    check_p(w, c["p"], w.nonzero <= 50 ? "exact_midrank" : "normal");
    check_p(wilcoxon(a, b, 60), c["p"], "exact_midrank");
    check_p(wilcoxon(a, b, 0), c["p"], "normal");
    ++compared;
  }
  CHECK(compared >= 7);
}

TEST_CASE("exact p values are the shares of all sign patterns, with ties", "[statistics]") {
  for (std::uint64_t round = 0; round < 60; ++round) {
    Random random(1, round, 0, Purpose::noise);
    std::vector<double> a, zero, nonzero;
    for (std::int64_t i = 1 + random.integer(13); i > 0; --i) {
      // Small whole numbers tie often.
      a.push_back(static_cast<double>(random.integer(9)) - 3);
      zero.push_back(0);
      if (a.back() != 0) nonzero.push_back(a.back());
    }
    const Wilcoxon w = wilcoxon(a, zero);
    CHECK(w.zeros == std::ssize(a) - std::ssize(nonzero));
    if (nonzero.empty()) {
      CHECK(std::isnan(w.two_sided));
      continue;
    }
    const Plain plain = by_all_patterns(nonzero);
    CHECK(w.w_plus == plain.w_plus);
    CHECK(w.less == Approx(plain.less).epsilon(1e-14));
    CHECK(w.greater == Approx(plain.greater).epsilon(1e-14));
    CHECK(w.two_sided == Approx(plain.two_sided).epsilon(1e-14));
  }
}

TEST_CASE("exchanging the columns exchanges the tails", "[statistics]") {
  const std::size_t n = GENERATE(3, 12, 50, 51, 200);
  Random random(2, n, 0, Purpose::noise);
  std::vector<double> a(n), b(n);
  for (std::size_t i = 0; i < n; ++i) {
    a[i] = std::floor(8 * random.uniform());
    b[i] = std::floor(9 * random.uniform());
  }
  const Wilcoxon w = wilcoxon(a, b), back = wilcoxon(b, a);
  const auto pairs = static_cast<double>(w.nonzero);
  CHECK(w.w_plus + w.w_minus == pairs * (pairs + 1) / 2);
  CHECK(w.w_plus == back.w_minus);
  CHECK(w.less == Approx(back.greater).epsilon(1e-12));
  CHECK(w.greater == Approx(back.less).epsilon(1e-12));
  CHECK(w.two_sided == Approx(back.two_sided).epsilon(1e-12));
}

TEST_CASE("the normal p values meet the exact ones at 50 pairs", "[statistics]") {
  Random random(3, 0, 0, Purpose::noise);
  std::vector<double> a(50), b(50);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = random.normal() + 0.3;
    b[i] = random.normal();
  }
  const Wilcoxon exact = wilcoxon(a, b), normal = wilcoxon(a, b, 49);
  CHECK(exact.exact);
  CHECK_FALSE(normal.exact);
  CHECK(normal.two_sided == Approx(exact.two_sided).epsilon(0.05));
  CHECK(normal.two_sided != exact.two_sided);
}

TEST_CASE("pairs with NaN are counted and left out, infinities rank highest", "[statistics]") {
  const Wilcoxon w = wilcoxon(std::vector{1.0, kNaN, 3.0, 2.0, kInfinity, kInfinity, 5.0},
                              std::vector{0.0, 1.0, kNaN, 4.0, kInfinity, 1.0, 5.0});
  CHECK(w.absent == 2);
  CHECK(w.zeros == 2);
  CHECK(w.nonzero == 3);
  CHECK(w.w_plus == 4);
  CHECK(w.w_minus == 2);
  const Wilcoxon none = wilcoxon({}, {});
  CHECK(none.nonzero == 0);
  CHECK(std::isnan(none.less));
  CHECK(std::isnan(none.greater));
  CHECK_THROWS_AS(wilcoxon(std::vector{1.0}, std::vector{1.0, 2.0}), Error);
  CHECK_THROWS_AS(wilcoxon(std::vector{1.0}, std::vector{1.0}, 61), Error);
}
