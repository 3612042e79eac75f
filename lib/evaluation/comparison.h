#pragma once
// Two or more evaluations of the same cases: is one better than the first, and how sure is that?
#include "statistics/ranking.h"
#include "statistics/wilcoxon.h"

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

// One evaluation, as dsc.csv has it: value[case][region] of one metric, NaN where absent.
struct EvaluatedRun {
  std::string name;
  std::string what = {};  // data set, part and space, which runs that are compared should share
  std::vector<std::string> cases = {}, regions = {};
  std::vector<std::vector<double>> values = {};
};

// Which way the metric of a column of dsc.csv goes (nsd_ with any tolerance). Throws Error(config)
// for a name that is no metric's.
Better better_of(const std::string& column);

// The name's place in the list, where it is put if it is new.
std::size_t place_in(std::vector<std::string>& list, const std::string& name);

// place: a run's folder or another with dsc.csv, or such a file. metric: the column of a metric
// (dsc, hd95_mm). Throws Error(config) for a name that is no metric's, Error(data) where the file
// or the column is not there, a row stands twice, or a case has no row of a region.
EvaluatedRun read_evaluation(const std::filesystem::path& place, const std::string& metric);

// Of the values that are there, infinite ones too; NaN where none is. Of a case over its regions.
double mean_of_present(const std::vector<double>& values);

// A run against the first, in one region or (region "mean of regions") in the mean over a case's
// regions. Absent in both: left out. Where only one of the two makes up a structure that the truth
// does not have, the other counts as perfect there: 1, or 0 mm.
struct Difference {
  std::string region, run;
  double mean_first = 0, mean = 0;  // over the pairs that are finite on both sides
  Interval interval{};              // of mean - mean_first, 95 % by bootstrap
  Wilcoxon test{};
  double holm = 0;      // the two-sided p over all rows of the table
  Outcomes outcomes{};  // the run's wins, ties and losses against the first
  std::int64_t infinite_first = 0, infinite = 0;  // structures that one side lacks: distances
};

struct Comparison {
  std::string metric;
  Better better = Better::higher;
  std::vector<std::string> runs = {}, cases = {};
  std::vector<std::vector<Difference>> differences = {};  // of each run but the first, by region
  // Rank, then mean: of each run the mean, over cases and regions, of its rank there (1 is best, an
  // infinite distance the last, equal ones share their mean rank); Ranking::means are these.
  Ranking ranking = {};
  std::vector<std::string> notes = {};  // what was left out or does not belong together
};

// Over the cases and regions that all runs have. Throws Error(data) where there are none.
Comparison compare(const std::vector<EvaluatedRun>& runs, const std::string& metric);

// "0.0123", "2.3e-10": two digits that count; nothing where it is NaN.
std::string p_text(double p);

std::string comparison_markdown(const Comparison& comparison);
std::string comparison_csv(const Comparison& comparison);

}  // namespace seg
