#include "core/error.h"
#include "core/text.h"
#include "data/fingerprint.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace seg {
namespace {

// Of an even number the lower one.
double lower_median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <class Of>
std::vector<double> over_cases(const Fingerprint& f, Of of) {
  std::vector<double> values;
  for (const CaseFacts& c : f.cases) values.push_back(static_cast<double>(of(c)));
  return values;
}

std::string range_line(const char* what, const std::vector<double>& v) {
  return fmt::format("{:<12} {:>10.4g} {:>10.4g} {:>10.4g}\n", what,
                     *std::min_element(v.begin(), v.end()), lower_median(v),
                     *std::max_element(v.begin(), v.end()));
}

std::string class_line(const Fingerprint& f, std::size_t k) {
  std::vector<double> volumes, shares;
  double all = 0, own = 0;
  for (const CaseFacts& c : f.cases) {
    for (const double ml : c.millilitres) all += ml;
    if (c.millilitres.empty() || c.millilitres[k] == 0) continue;
    own += c.millilitres[k];
    volumes.push_back(c.millilitres[k]);
    shares.push_back(c.contour_share[k]);
  }
  return fmt::format("{:<20} {:>6} {:>12.4g} {:>12.4g} {:>12.4g}\n", visible(f.classes[k]),
                     volumes.size(), lower_median(volumes), all > 0 ? 100 * own / all : 0,
                     100 * lower_median(shares));
}

}  // namespace

std::string fingerprint_table(const Fingerprint& f) {
  if (f.cases.empty()) return "no case\n";
  std::string text = fmt::format("{}: {} cases\n\n{:<12} {:>10} {:>10} {:>10}\n", visible(f.name),
                                 f.cases.size(), "", "least", "median", "most");
  constexpr const char* sizes[] = {"slices D", "rows H", "columns W"};
  constexpr const char* spacings[] = {"spacing D", "spacing H", "spacing W"};
  for (std::size_t a = 0; a < 3; ++a)
    text += range_line(sizes[a], over_cases(f, [&](const CaseFacts& c) { return c.size[a]; }));
  for (std::size_t a = 0; a < 3; ++a)
    text +=
        range_line(spacings[a], over_cases(f, [&](const CaseFacts& c) { return c.spacing[a]; }));
  text += fmt::format("\n{:<20} {:>10} {:>10} {:>10} {:>10} {:>10}  (medians over cases)\n",
                      "channel", "0.5 %", "50 %", "99.5 %", "mean", "std");
  for (std::size_t k = 0; k < f.channels.size(); ++k) {
    const auto of = [&](double IntensityFacts::*value) {
      return lower_median(over_cases(f, [&](const CaseFacts& c) { return c.channels[k].*value; }));
    };
    text += fmt::format("{:<20} {:>10.4g} {:>10.4g} {:>10.4g} {:>10.4g} {:>10.4g}\n",
                        visible(f.channels[k]), of(&IntensityFacts::p0_5),
                        of(&IntensityFacts::median), of(&IntensityFacts::p99_5),
                        of(&IntensityFacts::mean), of(&IntensityFacts::deviation));
  }
  text += fmt::format("\n{:<20} {:>6} {:>12} {:>12} {:>12}\n", "class", "cases", "median ml",
                      "volume %", "contour %");
  for (std::size_t k = 0; k < f.classes.size(); ++k) text += class_line(f, k);
  return text;
}

std::string fingerprint_json(const Fingerprint& f) {
  using nlohmann::json;
  json cases = json::array();
  for (const CaseFacts& c : f.cases) {
    json channels = json::array();
    for (const IntensityFacts& i : c.channels)
      channels.push_back({{"min", i.least},
                          {"p0.5", i.p0_5},
                          {"median", i.median},
                          {"p99.5", i.p99_5},
                          {"max", i.most},
                          {"mean", i.mean},
                          {"std", i.deviation}});
    cases.push_back({{"id", c.id},
                     {"orientation", c.orientation},
                     {"size", c.size},
                     {"spacing", c.spacing},
                     {"channels", channels},
                     {"millilitres", c.millilitres},
                     {"contour_share", c.contour_share}});
  }
  return json{{"name", f.name}, {"channels", f.channels}, {"classes", f.classes}, {"cases", cases}}
             .dump(1, ' ', false, json::error_handler_t::replace) +
         "\n";
}

}  // namespace seg
