#include "report/metric_csv.h"

#include "core/text.h"
#include "statistics/summary.h"

#include <fmt/format.h>

#include <cmath>

namespace seg {
namespace {

std::string number(double value, const char* absent) {
  if (std::isnan(value)) return absent;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return fmt::format("{:.6f}", value);
}

std::string evaluated_values(const Evaluated& e) {
  std::string text;
  for (const std::string* value : {&e.dataset, &e.network, &e.loss, &e.seed, &e.part, &e.space})
    text += csv_value(*value) + ",";
  return text + (e.step < 0 ? "" : std::to_string(e.step));
}

constexpr const char* evaluated_columns = "dataset,network,loss,seed,part,space,step";

}  // namespace

std::string column_name(const Metric& metric) {
  return metric.name + (metric.unit.empty() ? "" : "_" + metric.unit);
}

std::string case_csv(const MetricTable& table) {
  const std::vector<Metric> metrics = table.metrics();
  std::string csv = evaluated_columns + std::string(",case,region");
  for (const Metric& m : metrics) csv += "," + column_name(m);
  csv += ",prediction_ml,truth_ml,intersection,prediction,truth\n";
  for (const CaseMetrics& c : table.cases)
    for (std::size_t k = 0; k < table.regions.size(); ++k) {
      const DiceCounts& n = c.regions[k].counts;
      csv += fmt::format("{},{},{}", evaluated_values(table.evaluated), csv_value(c.id),
                         csv_value(table.regions[k].name));
      for (const Metric& m : metrics) csv += "," + number(m.value(c.regions[k]), "");
      csv += fmt::format(
          ",{:.6f},{:.6f},{},{},{}\n", static_cast<double>(n.prediction) * c.voxel_ml,
          static_cast<double>(n.truth) * c.voxel_ml, n.intersection, n.prediction, n.truth);
    }
  return csv;
}

std::string summary_csv(const MetricTable& table) {
  std::string csv = evaluated_columns;
  csv +=
      ",region,metric,unit,mean,std,median,mean_low_95,mean_high_95,lowest,highest,finite,infinite,"
      "absent\n";
  const std::vector<Metric> metrics = table.metrics();
  std::vector<std::vector<Interval>> intervals;
  for (const Metric& m : metrics) intervals.push_back(table.intervals(m));
  for (std::size_t k = 0; k < table.regions.size(); ++k)
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      const Metric& m = metrics[i];
      const Summary s = summary_of(table.column(k, m));
      const Interval mean = intervals[i][k];
      csv += fmt::format("{},{},{},{}", evaluated_values(table.evaluated),
                         csv_value(table.regions[k].name), m.name, m.unit);
      for (const double v :
           {s.mean, s.deviation, s.median, mean.low, mean.high, s.lowest, s.highest})
        csv += "," + number(v, "");
      csv += fmt::format(",{},{},{}\n", s.count, s.infinite, s.absent);
    }
  return csv;
}

std::string long_csv(const MetricTable& table, const std::string& algorithm) {
  std::string csv = "algorithm,case,class,metric,value\n";
  for (const CaseMetrics& c : table.cases)
    for (std::size_t k = 0; k < table.regions.size(); ++k)
      for (const Metric& m : table.metrics())
        csv += fmt::format("{},{},{},{},{}\n", csv_value(algorithm), csv_value(c.id),
                           csv_value(table.regions[k].name), m.name,
                           number(m.value(c.regions[k]), "NA"));
  return csv;
}

}  // namespace seg
