// nnU-Net's summary.json. Written by hand: strict JSON has no NaN and no Infinity, that file has.
#include "report/metric_csv.h"
#include "statistics/summary.h"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include <cmath>
#include <map>

namespace seg {
namespace {

using Values = std::vector<std::pair<std::string, double>>;

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value == std::floor(value) && std::abs(value) < 1e15 ? fmt::format("{:.1f}", value)
                                                              : fmt::format("{}", value);
}

std::string object(const Values& values) {
  std::string text;
  for (const auto& [name, value] : values)
    text += fmt::format("{}\"{}\": {}", text.empty() ? "" : ", ", name, number(value));
  return "{" + text + "}";
}

// Of one region of a case, with nnU-Net's names.
Values values_of(const CaseMetrics& c, const RegionMetrics& r, const std::vector<Metric>& metrics) {
  const DiceCounts& n = r.counts;
  const auto tp = static_cast<double>(n.intersection), pred = static_cast<double>(n.prediction),
             ref = static_cast<double>(n.truth);
  Values values = {{"Dice", n.dice()}, {"IoU", n.iou()},
                   {"TP", tp},         {"FP", pred - tp},
                   {"FN", ref - tp},   {"TN", static_cast<double>(c.voxels) - pred - ref + tp},
                   {"n_pred", pred},   {"n_ref", ref}};
  for (const Metric& m : metrics)
    if (m.name != "dsc" && m.name != "iou") values.emplace_back(m.name, m.value(r));
  return values;
}

// Of the finite values; how many are infinite stands beside those that can be.
Values means_of(const std::vector<Values>& all) {
  Values means;
  for (std::size_t i = 0; !all.empty() && i < all[0].size(); ++i) {
    std::vector<double> column;
    for (const Values& values : all) column.push_back(values[i].second);
    const std::string& name = all[0][i].first;
    const Summary s = summary_of(column);
    means.emplace_back(name, s.mean);
    if (s.infinite > 0) means.emplace_back(name + "_infinite", static_cast<double>(s.infinite));
  }
  return means;
}

// Of several objects, by name: the mean of those that have it.
Values mean_of_means(const std::vector<Values>& all) {
  std::map<std::string, std::vector<double>> columns;
  for (const Values& values : all)
    for (const auto& [name, value] : values) columns[name].push_back(value);
  Values means;
  if (all.empty()) return means;
  for (const auto& [name, unused] : all[0])
    if (!name.ends_with("_infinite")) means.emplace_back(name, summary_of(columns[name]).mean);
  return means;
}

std::string values_text(const Region& region, const std::vector<int>& file_values) {
  std::string text;
  for (const std::int64_t c : region.classes)
    text +=
        fmt::format("{}{}", text.empty() ? "" : ", ", file_values.at(static_cast<std::size_t>(c)));
  return region.classes.size() == 1 ? text : "(" + text + ")";
}

// The keys of the regions, each once.
std::vector<std::string> keys_of(const MetricTable& table, const std::vector<int>& file_values) {
  std::map<std::string, int> uses;
  for (const Region& region : table.regions) ++uses[values_text(region, file_values)];
  std::vector<std::string> keys;
  for (const Region& region : table.regions) {
    const std::string text = values_text(region, file_values);
    keys.push_back(quoted(uses[text] > 1 ? text + " " + region.name : text));
  }
  return keys;
}

}  // namespace

std::string nnunet_summary(const MetricTable& table, const std::vector<int>& file_values) {
  const std::vector<Metric> metrics = table.metrics();
  const std::vector<std::string> keys = keys_of(table, file_values);
  std::vector<std::vector<Values>> by_region(table.regions.size());
  std::string cases;
  for (const CaseMetrics& c : table.cases) {
    std::string regions;
    for (std::size_t k = 0; k < table.regions.size(); ++k) {
      const Values values = values_of(c, c.regions[k], metrics);
      by_region[k].push_back(values);
      regions += fmt::format("{}\n    {}: {}", k == 0 ? "" : ",", keys[k], object(values));
    }
    cases += fmt::format(
        "{}\n  {{\"metrics\": {{{}}},\n   \"prediction_file\": {}, \"reference_file\": {}}}",
        cases.empty() ? "" : ",", regions, quoted(c.prediction_file), quoted(c.truth_file));
  }
  std::string means;
  std::vector<Values> all;
  for (std::size_t k = 0; k < table.regions.size(); ++k) {
    all.push_back(means_of(by_region[k]));
    means += fmt::format("{}\n  {}: {}", k == 0 ? "" : ",", keys[k], object(all.back()));
  }
  return fmt::format(
      "{{\n \"foreground_mean\": {},\n \"mean\": {{{}\n }},\n \"metric_per_case\": [{}\n ]\n}}\n",
      object(mean_of_means(all)), means, cases);
}

}  // namespace seg
