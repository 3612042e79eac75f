#pragma once
#include "report/metric_table.h"

#include <string>

namespace seg {

// "0.8231", "4.21" mm; "absent" where there is none, "inf".
std::string figure_text(double value, const Metric& metric);

// Rows of cells under a heading, for Markdown and for HTML.
struct SummaryRows {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};
// Over the cases: a row per region; and the three row means, under the same heading.
SummaryRows summary_rows(const MetricTable& table);
SummaryRows row_mean_rows(const MetricTable& table);
std::string markdown(const SummaryRows& rows);

// dsc.md, and what the terminal shows: failures, a row per region with the DSC's mean (0: "-"), its
// 95 % interval, deviation, median and lowest, the means of the distances and NSD with how many are
// infinite, and the cases; then the three row means of DSC, labelled all, nonzero and present.
std::string markdown(const MetricTable& table);

}  // namespace seg
