#pragma once
// The figures of one evaluation, per case and region, and what they are summed up to.
#include "metric/metrics.h"
#include "statistics/bootstrap.h"

#include <cstdint>
#include <string>
#include <vector>

namespace seg {

// Of the bootstraps: the same table from the same figures.
constexpr std::uint64_t kBootstrapSeed = 0;

// What was evaluated: on every row of dsc.csv, so that tables can be joined. Empty, or -1, where it
// is not known.
struct Evaluated {
  std::string dataset = {}, network = {}, loss = {}, seed = {}, part = {};
  std::string space = {};  // original, preprocessed
  std::int64_t step = -1;
};

struct CaseMetrics {
  std::string id;
  std::vector<RegionMetrics> regions = {};            // parallel to MetricTable::regions
  double voxel_ml = 0;                                // volume of a voxel
  std::int64_t voxels = 0;                            // that are not ignored
  std::string truth_file = {}, prediction_file = {};  // empty where there are none
};

struct MetricTable {
  std::string title = {};  // "validation, step 300, WT = NTC + ED + ET"
  std::vector<Region> regions = {};
  std::vector<CaseMetrics> cases = {};
  Evaluated evaluated = {};
  std::vector<double> tolerances = {};     // mm, of NSD
  std::vector<std::string> notes = {};     // below the table: a sentence each
  std::vector<std::string> failures = {};  // what went wrong with cases, a sentence each

  std::vector<Metric> metrics() const { return metrics_of(tolerances); }

  // A metric of the region, case by case.
  std::vector<double> column(std::size_t region, const Metric& metric) const;

  // Of each region's mean over the cases, 95 %, by bootstrap.
  std::vector<Interval> intervals(const Metric& metric) const;

  // Mean DSC over the cases where the region is in truth or prediction (zeros count); NaN where it
  // is in none.
  double mean(std::size_t region) const;
  // Mean of the region means, absent regions left out: selects the model. 0 where nothing is
  // present.
  double overall() const;
};

// Of the regions of one case, over those in truth or prediction; NaN where there are none.
double mean_dsc(const CaseMetrics& c);

// The three means of a row of DSC, absent regions as NaN in `means`. all: absent and zero count 0;
// nonzero: the paper's, regions of mean 0 left out; present: absent ones left out. NaN where
// nothing is left.
struct RowMeans {
  double all, nonzero, present;
};
RowMeans row_means(const std::vector<double>& means);

}  // namespace seg
