#pragma once
// The one table of metrics: what tables, CSV, JSON and pages loop over.
#include "metric/region_metrics.h"

#include <functional>
#include <string>

namespace seg {

struct Metric {
  std::string name;  // as in tables: dsc, iou, precision, recall, hd, hd95, assd, nsd_1mm ...
  std::string unit;  // "" or "mm"
  bool higher_is_better;
  std::function<double(const RegionMetrics&)> value;  // NaN where it does not apply
};

// Tolerances in mm: nsd_1mm, nsd_0.5mm.
std::vector<Metric> metrics_of(const std::vector<double>& tolerances);

}  // namespace seg
