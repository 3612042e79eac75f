#include "evaluation/evaluation_report.h"

#include "report/chart.h"
#include "report/metric_markdown.h"

#include <fmt/format.h>

namespace seg {
namespace {

// All but the first column are figures.
ReportTable table_of(const std::string& id, const std::string& caption, const SummaryRows& rows) {
  ReportTable table{.id = id, .caption = caption, .head = rows.head, .rows = rows.rows};
  table.numeric.assign(rows.head.size(), true);
  table.numeric[0] = false;
  return table;
}

// A line per case: DSC of each region and the mean over those present.
SummaryRows case_rows(const MetricTable& table) {
  const Metric dsc = table.metrics().front();
  SummaryRows rows;
  rows.head = {"case", "mean"};
  for (const Region& region : table.regions) rows.head.push_back(region.name);
  for (const CaseMetrics& c : table.cases) {
    std::vector<std::string> row = {c.id, figure_text(mean_dsc(c), dsc)};
    for (const RegionMetrics& region : c.regions)
      row.push_back(figure_text(dsc.value(region), dsc));
    rows.rows.push_back(row);
  }
  return rows;
}

void add_box_plots(const MetricTable& table, Report& report) {
  for (const Metric& m : table.metrics()) {
    if (m.name != "dsc" && m.name != "hd95") continue;
    if (m.name != "dsc" && (table.cases.empty() || !table.cases[0].regions[0].surfaces)) continue;
    BoxPlot plot;
    plot.axis = m.name == "dsc" ? "DSC" : "HD95 (mm)";
    plot.title = plot.axis + " of each region";
    if (m.name == "dsc") plot.range = {0, 1};
    for (std::size_t k = 0; k < table.regions.size(); ++k)
      plot.rows.push_back({table.regions[k].name, table.column(k, m),
                           table.regions[k].classes.size() == 1 ? table.regions[k].classes[0] : 0});
    report.charts.push_back(
        {plot.title, plot.axis + " of each case, by region", box_plot_svg(plot)});
  }
}

void add_cases(const Gallery& gallery, Report& report) {
  const auto add = [&](const Gallery::Shown& shown, const char* rank) {
    report.cases.push_back(
        {fmt::format("{}: mean DSC {:.4f} ({})", shown.id, shown.score, rank),
         fmt::format("Three planes of case {} with the contours of truth and prediction", shown.id),
         shown.svg});
  };
  for (const Gallery::Shown& shown : gallery.worst()) add(shown, "of the lowest");
  for (const Gallery::Shown& shown : gallery.best()) add(shown, "of the highest");
}

std::string subtitle_of(const Evaluated& e, std::size_t cases) {
  std::string text = fmt::format("{} case{}", cases, cases == 1 ? "" : "s");
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += fmt::format(", {} {}", name, value);
  };
  add("dataset", e.dataset);
  add("network", e.network);
  add("loss", e.loss);
  add("seed", e.seed);
  add("part", e.part);
  add("space", e.space);
  if (e.step >= 0) text += fmt::format(", step {}", e.step);
  return text;
}

}  // namespace

Report evaluation_report(const MetricTable& table, const Gallery& gallery,
                         const Background& background) {
  Report report;
  report.title = table.title;
  report.subtitle = subtitle_of(table.evaluated, table.cases.size());
  report.failures = table.failures;
  report.notes = table.notes;
  report.tables.push_back(table_of("summary", "Summary over the cases", summary_rows(table)));
  report.tables.push_back(table_of("means", "Means over the regions", row_mean_rows(table)));
  if (background.lesions)
    report.tables.push_back(
        table_of("lesions", background.lesions->title(), background.lesions->summary()));
  report.tables.push_back(table_of("cases", "DSC of each case", case_rows(table)));
  add_box_plots(table, report);
  if (background.history.size() > 1)
    report.charts.push_back(
        {"Training", "Loss and validation DSC by epoch", curve_svg(background.history)});
  add_cases(gallery, report);
  report.configuration = background.configuration;
  return report;
}

}  // namespace seg
