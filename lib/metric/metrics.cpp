#include "metric/metrics.h"

#include <fmt/format.h>

namespace seg {

std::vector<Metric> metrics_of(const std::vector<double>& tolerances) {
  using R = RegionMetrics;
  std::vector<Metric> metrics = {
      {"dsc", "", true, [](const R& r) { return r.counts.dice(); }},
      {"iou", "", true, [](const R& r) { return r.counts.iou(); }},
      {"precision", "", true, [](const R& r) { return r.counts.precision(); }},
      {"recall", "", true, [](const R& r) { return r.counts.recall(); }},
      {"hd", "mm", false, [](const R& r) { return r.hd; }},
      {"hd95", "mm", false, [](const R& r) { return r.hd95; }},
      {"assd", "mm", false, [](const R& r) { return r.assd; }},
  };
  for (std::size_t k = 0; k < tolerances.size(); ++k)
    metrics.push_back({fmt::format("nsd_{}mm", tolerances[k]), "", true, [k](const R& r) {
                         return r.surfaces ? r.nsd.at(k) : std::numeric_limits<double>::quiet_NaN();
                       }});
  return metrics;
}

}  // namespace seg
