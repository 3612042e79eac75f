#include "report/metric_markdown.h"

#include "core/text.h"
#include "statistics/summary.h"

#include <fmt/format.h>

#include <cmath>

namespace seg {
namespace {

// The metrics whose mean stands in a column beside the DSC's.
std::vector<Metric> columns_of(const MetricTable& table) {
  std::vector<Metric> columns;
  const bool measured =
      !table.cases.empty() && !table.regions.empty() && table.cases[0].regions[0].surfaces;
  for (const Metric& m : table.metrics())
    if (measured && (m.name == "hd95" || m.name == "assd" || m.name.starts_with("nsd")))
      columns.push_back(m);
  return columns;
}

std::string heading_of(const Metric& metric) {
  std::string text = metric.name;
  for (char& c : text) c = c == '_' ? ' ' : static_cast<char>(std::toupper(c));
  if (const auto mm = text.find("MM"); mm != std::string::npos) text.replace(mm, 2, " mm");
  return metric.unit.empty() ? text : text + " " + metric.unit;
}

// A DSC of 0 is a hyphen, as in the paper.
std::string dsc_text(double mean, const Metric& dsc) {
  return mean == 0 ? "-" : figure_text(mean, dsc);
}

std::string mean_text(const Summary& s, const Metric& metric) {
  if (s.infinite == 0) return figure_text(s.mean, metric);
  return fmt::format("{} ({} inf)", s.count == 0 ? "none finite" : figure_text(s.mean, metric),
                     s.infinite);
}

std::vector<std::string> region_row(const MetricTable& table, std::size_t k, const Metric& dsc,
                                    const Interval& interval, const std::vector<Metric>& columns) {
  const std::vector<double> values = table.column(k, dsc);
  const Summary s = summary_of(values);
  std::vector<std::string> row = {table.regions[k].name, dsc_text(s.mean, dsc)};
  row.push_back(s.count < 2 ? "" : fmt::format("{:.3f} to {:.3f}", interval.low, interval.high));
  row.push_back(s.count < 2 ? "" : fmt::format("{:.4f}", s.deviation));
  row.push_back(figure_text(s.median, dsc));
  row.push_back(figure_text(s.lowest, dsc));
  for (const Metric& m : columns) row.push_back(mean_text(summary_of(table.column(k, m)), m));
  row.push_back(fmt::format("{} of {}", s.count, table.cases.size()));
  return row;
}

constexpr std::size_t kFirstMean = 6;  // the column of the first metric beside the DSC

std::vector<std::string> heading(const std::vector<Metric>& columns) {
  std::vector<std::string> head = {"region", "DSC", "95 % interval", "std", "median", "lowest"};
  for (const Metric& m : columns) head.push_back(heading_of(m));
  head.push_back("cases");
  return head;
}

std::string line_of(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + markdown_cell(cell) + " |";
  return line + "\n";
}

}  // namespace

std::string figure_text(double value, const Metric& metric) {
  if (std::isnan(value)) return "absent";
  if (std::isinf(value)) return "inf";
  if (metric.unit == "mm") return fmt::format("{:.2f}", value);
  return fmt::format("{:.4f}", value);
}

SummaryRows summary_rows(const MetricTable& table) {
  const std::vector<Metric> columns = columns_of(table);
  SummaryRows out{heading(columns), {}};
  const Metric dsc = table.metrics().front();
  const std::vector<Interval> intervals = table.intervals(dsc);
  for (std::size_t k = 0; k < table.regions.size(); ++k)
    out.rows.push_back(region_row(table, k, dsc, intervals[k], columns));
  return out;
}

SummaryRows row_mean_rows(const MetricTable& table) {
  const std::vector<Metric> columns = columns_of(table);
  const Metric dsc = table.metrics().front();
  std::vector<double> means;
  for (std::size_t k = 0; k < table.regions.size(); ++k) means.push_back(table.mean(k));
  const RowMeans row = row_means(means);
  SummaryRows out{heading(columns), {}};
  for (const auto& [name, value] :
       {std::pair("mean, all (absent and zero count 0)", row.all),
        std::pair("mean, nonzero (the paper's: regions of DSC 0 left out)", row.nonzero),
        std::pair("mean, present (regions in truth or prediction)", row.present)}) {
    out.rows.push_back({name, dsc_text(value, dsc)});
    out.rows.back().resize(out.head.size());
  }
  for (std::size_t c = 0; c < columns.size(); ++c) {
    std::vector<double> of_regions;
    for (std::size_t k = 0; k < table.regions.size(); ++k)
      of_regions.push_back(summary_of(table.column(k, columns[c])).mean);
    out.rows.back()[kFirstMean + c] = figure_text(summary_of(of_regions).mean, columns[c]);
  }
  return out;
}

std::string markdown(const SummaryRows& rows) {
  std::string text = line_of(rows.head) + "|";
  for (std::size_t i = 0; i < rows.head.size(); ++i) text += "---|";
  text += "\n";
  for (const auto& row : rows.rows) text += line_of(row);
  return text;
}

std::string markdown(const MetricTable& table) {
  std::string text = fmt::format("DSC: {}\n\n", markdown_cell(table.title));
  for (const std::string& failure : table.failures)
    text += fmt::format("- {}\n", markdown_cell(failure));
  if (!table.failures.empty()) text += "\n";
  SummaryRows rows = summary_rows(table);
  for (const auto& row : row_mean_rows(table).rows) rows.rows.push_back(row);
  text += markdown(rows);
  for (const std::string& note : table.notes) text += fmt::format("\n{}\n", markdown_cell(note));
  return text;
}

}  // namespace seg
