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
  std::vector<std::string> cases = {}, regions = {};
  std::vector<std::vector<double>> values = {};
};

// place: a run's folder or another with dsc.csv, or such a file. metric: a column's name (dsc,
// hd95_mm). Throws Error(data) where the file or the column is not there, or a row stands twice.
EvaluatedRun read_evaluation(const std::filesystem::path& place, const std::string& metric);

// A run against the first, in one region or (region "mean") in the mean over a case's regions that
// both have.
struct Difference {
  std::string region, run;
  double mean_first = 0, mean = 0;  // over the pairs that have a value on both sides
  Interval interval{};              // of mean - mean_first, 95 % by bootstrap
  Wilcoxon test{};
  double holm = 0;      // the two-sided p over all rows of the table
  Outcomes outcomes{};  // the run's wins, ties and losses against the first, case by case
};

struct Comparison {
  std::string metric;
  Better better = Better::higher;
  std::vector<std::string> runs = {}, cases = {};
  std::vector<Difference> differences = {};
  Ranking ranking = {};                 // of the runs by the mean over regions
  std::vector<std::string> notes = {};  // what was left out, a sentence each
};

// Over the cases and regions that all runs have. Throws Error(data) where there are none.
Comparison compare(const std::vector<EvaluatedRun>& runs, const std::string& metric);

std::string comparison_markdown(const Comparison& comparison);
std::string comparison_csv(const Comparison& comparison);

}  // namespace seg
