// Charts: the numbers they show, and that no input breaks them.
#include "report/chart.h"

#include "report/axis.h"
#include "report/box_numbers.h"
#include "support/catch.h"
#include "xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace seg {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// The quantile by its definition: where the line through (k / (n - 1), k-th smallest) has it.
double plain_quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  if (values.size() == 1) return values[0];
  const auto n = static_cast<double>(values.size());
  for (std::size_t k = 0; k + 1 < values.size(); ++k) {
    const double left = static_cast<double>(k) / (n - 1),
                 right = static_cast<double>(k + 1) / (n - 1);
    if (share >= left && share <= right)
      return values[k] + (values[k + 1] - values[k]) * (share - left) / (right - left);
  }
  return values.back();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

EpochRecord epoch(std::int64_t number, double loss, double dsc) {
  EpochRecord r;
  r.epoch = number;
  r.loss = loss;
  r.mean_dsc = dsc;
  return r;
}

}  // namespace

TEST_CASE("a box's numbers are those of their definitions", "[report]") {
  std::mt19937 random(4);
  std::lognormal_distribution<double> draw(0, 1);
  for (std::size_t n = 1; n < 40; ++n) {
    std::vector<double> values(n);
    for (double& v : values) v = draw(random);
    const BoxNumbers box = box_numbers(values);
    CHECK(box.first == Approx(plain_quantile(values, 0.25)));
    CHECK(box.median == Approx(plain_quantile(values, 0.5)));
    CHECK(box.third == Approx(plain_quantile(values, 0.75)));
    double low = infinity, high = -infinity;
    const double reach = 1.5 * (box.third - box.first);
    for (const double v : values) {
      if (v >= box.first - reach) low = std::min(low, v);
      if (v <= box.third + reach) high = std::max(high, v);
    }
    CHECK(box.low == low);
    CHECK(box.high == high);
    CHECK(box.finite == values);
  }
}

TEST_CASE("a box counts what is absent and infinite", "[report]") {
  const BoxNumbers box = box_numbers({nan, 1, infinity, nan, 3, -infinity});
  CHECK(box.absent == 2);
  CHECK(box.infinite == 2);
  CHECK(box.median == 2);
  CHECK(box_numbers({}).finite.empty());
  CHECK(box_numbers({nan, infinity}).finite.empty());
}

TEST_CASE("an axis has round ticks and holds its values", "[report]") {
  const Axis axis = axis_for(0.13, 0.97, 100, 200, 5);
  CHECK(axis.low == 0);
  CHECK(axis.high == Approx(1));
  CHECK(axis.at(0.5) == Approx(150));
  REQUIRE(axis.ticks.size() == 6);
  CHECK(axis.label(axis.ticks[1]) == "0.2");
  const Axis years = axis_for(1, 20, 0, 1, 10, false);
  CHECK(years.ticks.front() == 2);
  CHECK(years.ticks.back() == 20);
  CHECK(years.label(20) == "20");
  std::mt19937 random(2);
  std::uniform_real_distribution<double> exponent(-8, 8);
  for (int i = 0; i < 200; ++i) {
    const double a = std::pow(10, exponent(random)), b = -std::pow(10, exponent(random));
    const Axis wide = axis_for(b, a, 0, 100, 6);
    CHECK(wide.at(b) > -1e-6);
    CHECK(wide.at(a) < 100 + 1e-6);
    CHECK(wide.ticks.size() >= 2);
    CHECK(wide.ticks.size() <= 9);
  }
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{
           {0, 0}, {5, 5}, {-3, -3}, {nan, 1}, {infinity, -infinity}, {0, infinity}}) {
    const Axis odd = axis_for(low, high, 0, 100, 6);
    CHECK(odd.high > odd.low);
    CHECK(std::isfinite(odd.at(odd.low)));
    CHECK(odd.ticks.size() >= 2);
  }
}

TEST_CASE("box plots show every case and say what they cannot show", "[report]") {
  const BoxPlot plot = {.title = "DSC",
                        .axis = "DSC",
                        .rows = {{"liver", {0.9, 0.8, nan, 0.95}},
                                 {"<b>&\"'\x01 a very long name of a class, longer than its room",
                                  {infinity, infinity}},
                                 {"none", {}}},
                        .range = std::pair(0.0, 1.0)};
  const std::string svg = box_plot_svg(plot);
  CHECK(test::xml_fault(svg).empty());
  CHECK(count(svg, "h0") == 3);
  CHECK(count(svg, "<rect") == 1);
  CHECK(svg.find(">n = 3, 1 absent<") != std::string::npos);
  CHECK(svg.find(">n = 0, 2 infinite<") != std::string::npos);
  CHECK(svg.find(">n = 0<") != std::string::npos);
  CHECK(svg.find("liver: median 0.9, n = 3") != std::string::npos);
  CHECK(svg.find("<b>") == std::string::npos);
  CHECK(svg.find(" id=") == std::string::npos);
  CHECK(svg == box_plot_svg(plot));  // the same from run to run
}

TEST_CASE("a box stands where its numbers are on the axis", "[report]") {
  // 0 is at 180 and 1 at 600: the quartiles .25 and .75 stand at 285 and 495.
  const std::string svg = box_plot_svg({.title = "t",
                                        .axis = "x",
                                        .rows = {{"a", {0, 0.25, 0.5, 0.75, 1}}},
                                        .range = std::pair(0.0, 1.0)});
  CHECK(svg.find("<rect x=\"285\"") != std::string::npos);
  CHECK(svg.find("width=\"210\"") != std::string::npos);
  CHECK(svg.find("M180 ") != std::string::npos);
  CHECK(svg.find("M600 ") != std::string::npos);
  const std::string outside = box_plot_svg(
      {.title = "t", .axis = "x", .rows = {{"a", {0, 1e9}}}, .range = std::pair(0.0, 1.0)});
  CHECK(outside.find("000000") == std::string::npos);
}

TEST_CASE("box plots of nothing, of one case, of 15 classes and of 2000 cases", "[report]") {
  CHECK(test::xml_fault(box_plot_svg({.title = "", .axis = "", .rows = {}})).empty());
  CHECK(count(box_plot_svg({.title = "t", .axis = "mm", .rows = {{"a", {7}}}}), "h0") == 1);
  CHECK(
      test::xml_fault(box_plot_svg({.title = "t", .axis = "x", .rows = {{"a", {0, 0}}}})).empty());
  BoxPlot many = {.title = "t", .axis = "mm", .rows = {}};
  for (int k = 0; k < 15; ++k) many.rows.push_back({fmt::format("class {}", k), {}});
  for (BoxRow& row : many.rows)
    for (int i = 0; i < 2000; ++i) row.values.push_back(std::fmod(i * 0.37, 10));
  const std::string svg = box_plot_svg(many);
  CHECK(count(svg, "<rect") == 15);
  CHECK(count(svg, "h0") == 30000);
  CHECK(svg.size() < 600'000);
}

TEST_CASE("curves show the loss, the validations and their best", "[report]") {
  const std::string svg =
      curve_svg({epoch(1, 2, -1), epoch(2, 1, 0.5), epoch(3, 0.5, 0.7), epoch(4, 0.4, 0.6)});
  CHECK(test::xml_fault(svg).empty());
  CHECK(svg.find("circled: best, 0.7000 after epoch 3") != std::string::npos);
  CHECK(count(svg, "<circle") == 1);
  CHECK(count(svg, "h0") == 4 + 3);
  CHECK(svg.find("Mean loss of 4 epochs, 2 in the first and 0.4 in the last.") !=
        std::string::npos);
}

TEST_CASE("curves of nothing, of one epoch, without validation, with a loss that is not finite",
          "[report]") {
  CHECK(curve_svg({}).find("No epoch is trained yet.") != std::string::npos);
  CHECK(test::xml_fault(curve_svg({epoch(7, 1, 0.5)})).empty());
  const std::string without = curve_svg({epoch(1, 1, -1), epoch(2, 0.9, -1)});
  CHECK(without.find("Validation") == std::string::npos);
  const std::string broken =
      curve_svg({epoch(1, 1, -1), epoch(2, nan, -1), epoch(3, 0.5, -1), epoch(4, infinity, -1)});
  CHECK(test::xml_fault(broken).empty());
  CHECK(count(broken, "h0") == 2);
  const std::size_t line = broken.rfind("<path d=\"", broken.find("stroke=\"#0072b2\""));
  const std::string data = broken.substr(line + 9, broken.find('"', line + 9) - line - 9);
  CHECK(count(data, "M") == 2);
  CHECK(count(data, "L") == 0);  // no line over a gap
  std::vector<EpochRecord> all_nan(3, epoch(1, nan, -1));
  all_nan[2].epoch = 3;
  CHECK(test::xml_fault(curve_svg(all_nan)).empty());
}

}  // namespace seg
