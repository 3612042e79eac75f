#include "report/metric_table.h"

#include "statistics/summary.h"

#include <cmath>

namespace seg {

std::vector<double> MetricTable::column(std::size_t region, const Metric& metric) const {
  std::vector<double> values;
  for (const CaseMetrics& c : cases) values.push_back(metric.value(c.regions[region]));
  return values;
}

std::vector<Interval> MetricTable::intervals(const Metric& metric) const {
  std::vector<std::vector<double>> columns;
  for (std::size_t k = 0; k < regions.size(); ++k) columns.push_back(column(k, metric));
  return bootstrap_means(columns, kBootstrapSeed);
}

double MetricTable::mean(std::size_t region) const {
  std::vector<double> values;
  for (const CaseMetrics& c : cases) values.push_back(c.regions[region].counts.dice());
  return summary_of(values).mean;
}

double MetricTable::overall() const {
  std::vector<double> means;
  for (std::size_t k = 0; k < regions.size(); ++k) means.push_back(mean(k));
  const double present = row_means(means).present;
  return std::isnan(present) ? 0 : present;
}

double mean_dsc(const CaseMetrics& c) {
  std::vector<double> values;
  for (const RegionMetrics& region : c.regions) values.push_back(region.counts.dice());
  return summary_of(values).mean;
}

RowMeans row_means(const std::vector<double>& means) {
  std::vector<double> all, nonzero;
  for (const double mean : means) {
    all.push_back(std::isnan(mean) ? 0 : mean);
    if (mean > 0) nonzero.push_back(mean);
  }
  return {summary_of(all).mean, summary_of(nonzero).mean, summary_of(means).mean};
}

}  // namespace seg
