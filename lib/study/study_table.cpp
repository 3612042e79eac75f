#include "study/study_table.h"

#include "core/error.h"
#include "data/comma_list.h"
#include "report/metric_table.h"
#include "statistics/holm.h"
#include "statistics/summary.h"
#include "study/table_marks.h"
#include "study/table_notes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace seg {
namespace {

constexpr double kNoFigure = std::numeric_limits<double>::quiet_NaN();

// What the figures of a block are computed from.
struct BlockInput {
  const std::vector<PlaceResults>& columns;
  const std::vector<PlaceTitles>& titles;
  const Published& published;
  bool dsc;
};

// The block's regions and how they are shown: the grid's, or those of the results.
Pairs shown_regions(const Grid& grid, const TableLayout& layout, std::size_t block,
                    const std::vector<PlaceResults>& columns) {
  std::vector<std::string> known;
  for (const PlaceResults& place : columns)
    for (const EvaluatedRun& seed : place.seeds)
      for (const std::string& region : seed.regions) place_in(known, region);
  const Pairs& chosen = layout.regions[block];
  Pairs shown;
  for (const auto& [region, title] : chosen) {
    shown.emplace_back(region, title.empty() ? region : title);
    if (!known.empty() && std::find(known.begin(), known.end(), region) == known.end())
      fail_config("{}: names the region '{}' of {}, which the results do not have; they have {}",
                  grid.file.string(), region, layout.block_titles[block], comma_list(known));
  }
  if (chosen.empty())
    for (const std::string& region : known) shown.emplace_back(region, region);
  return shown;
}

// Of a seed, case by case; NaN where it does not know the region.
std::vector<double> region_column(const EvaluatedRun& seed, const std::string& region) {
  const auto found = std::find(seed.regions.begin(), seed.regions.end(), region);
  std::vector<double> values;
  for (const auto& row : seed.values)
    values.push_back(found == seed.regions.end()
                         ? kNoFigure
                         : row[static_cast<std::size_t>(found - seed.regions.begin())]);
  return values;
}

// A mean of each seed, and the infinite cases that they leave out.
TableFigure over_seeds(const std::vector<double>& means, std::int64_t infinite) {
  const Summary s = summary_of(means);
  const double seeds = std::max(1.0, static_cast<double>(means.size()));
  return {.mean = s.mean,
          .deviation = s.deviation,
          .seeds = s.count,
          .infinite = infinite,
          .lost = static_cast<double>(infinite) / seeds};
}

TableFigure region_figure(const PlaceResults& place, const std::string& region) {
  std::vector<double> means;
  std::int64_t infinite = 0;
  for (const EvaluatedRun& seed : place.seeds) {
    const Summary s = summary_of(region_column(seed, region));
    means.push_back(s.mean);
    infinite += s.infinite;
  }
  return over_seeds(means, infinite);
}

// The average of a column: regions of DSC 0 left out or not. An absent region is in neither.
TableFigure average_figure(const PlaceResults& place, const Pairs& regions, bool leave_out_zeros) {
  std::vector<double> averages;
  double counted = 0;
  std::int64_t infinite = 0;
  for (const EvaluatedRun& seed : place.seeds) {
    std::vector<double> means;
    for (const auto& [region, shown] : regions) {
      const Summary s = summary_of(region_column(seed, region));
      means.push_back(s.mean);
      infinite += s.infinite;
    }
    const RowMeans row = row_means(means);
    averages.push_back(leave_out_zeros ? row.nonzero : row.present);
    counted += static_cast<double>(std::count_if(means.begin(), means.end(), [&](double m) {
      return leave_out_zeros ? m > 0 : !std::isnan(m);
    }));
  }
  TableFigure figure = over_seeds(averages, infinite);
  figure.regions = place.seeds.empty() ? 0 : counted / static_cast<double>(place.seeds.size());
  return figure;
}

std::vector<TableRow> rows_of(const BlockInput& in, const Pairs& regions) {
  std::vector<TableRow> rows;
  for (const auto& [region, shown] : regions) {
    rows.push_back({.kind = RowKind::region, .region = region, .shown = shown});
    for (std::size_t c = 0; c < in.columns.size(); ++c) {
      rows.back().figures.push_back(region_figure(in.columns[c], region));
      if (in.dsc) rows.back().figures.back().published = in.published.of_row(in.titles[c], shown);
    }
  }
  rows.push_back({.kind = RowKind::average, .region = "", .shown = "Avg"});
  for (std::size_t c = 0; c < in.columns.size(); ++c) {
    rows.back().figures.push_back(average_figure(in.columns[c], regions, in.dsc));
    if (in.dsc) rows.back().figures.back().published = in.published.average(in.titles[c]);
  }
  if (!in.dsc) return rows;
  rows.push_back({.kind = RowKind::average_with_zeros, .region = "", .shown = "Avg, zeros count"});
  for (const PlaceResults& place : in.columns)
    rows.back().figures.push_back(average_figure(place, regions, false));
  return rows;
}

const TableRow& average_row(const TableBlock& block) {
  return *std::find_if(block.rows.begin(), block.rows.end(),
                       [](const TableRow& row) { return row.kind == RowKind::average; });
}

// A case -> its figure: over its regions, then over the seeds. Infinite where one is.
std::map<std::string, double> case_figures(const PlaceResults& place, const Pairs& regions) {
  std::map<std::string, std::vector<double>> means;
  for (const EvaluatedRun& seed : place.seeds) {
    std::vector<std::vector<double>> columns;
    for (const auto& [region, shown] : regions) columns.push_back(region_column(seed, region));
    for (std::size_t i = 0; i < seed.cases.size(); ++i) {
      std::vector<double> row;
      for (const auto& column : columns) row.push_back(column[i]);
      if (const double mean = mean_of_present(row); !std::isnan(mean))
        means[seed.cases[i]].push_back(mean);
    }
  }
  std::map<std::string, double> figures;
  for (const auto& [id, of_seeds] : means) figures[id] = mean_of_present(of_seeds);
  return figures;
}

Wilcoxon paired_test(const PlaceResults& place, const PlaceResults& baseline,
                     const Pairs& regions) {
  const auto ours = case_figures(place, regions), theirs = case_figures(baseline, regions);
  std::vector<double> a, b;
  for (const auto& [id, value] : ours)
    if (const auto other = theirs.find(id); other != theirs.end()) {
      a.push_back(value);
      b.push_back(other->second);
    }
  return wilcoxon(a, b);
}

TableDifference difference_between(const BlockInput& in, const TableBlock& block,
                                   const Pairs& regions, std::size_t column, std::size_t baseline,
                                   int decimals) {
  const double unit = in.dsc ? 100 : 1;
  const std::vector<TableFigure>& averages = average_row(block).figures;
  TableDifference d;
  d.rounded = unit * (rounded_to(averages[column].mean, decimals) -
                      rounded_to(averages[baseline].mean, decimals));
  std::vector<double> differences;
  for (const TableRow& row : block.rows) {
    if (row.kind != RowKind::region) continue;
    const double a = row.figures[column].mean, b = row.figures[baseline].mean;
    if (std::isnan(a) || std::isnan(b) || (in.dsc && (a == 0 || b == 0))) continue;
    differences.push_back(a - b);
  }
  d.common = unit * summary_of(differences).mean;
  d.common_regions = std::ssize(differences);
  d.published = unit * (averages[column].published - averages[baseline].published);
  d.test = paired_test(in.columns[column], in.columns[baseline], regions);
  return d;
}

void compare_with_published(TableBlock& block) {
  std::vector<double> ours, published;
  for (const TableFigure& figure : average_row(block).figures)
    if (!std::isnan(figure.mean) && !std::isnan(figure.published)) {
      ours.push_back(figure.mean);
      published.push_back(figure.published);
    }
  block.tau_columns = std::ssize(ours);
  if (block.tau_columns > 1) block.tau = kendall_tau(ours, published);
}

void correct_all_by_holm(std::vector<TableBlock>& blocks) {
  std::vector<double> p;
  for (const TableBlock& block : blocks)
    for (const auto& d : block.differences)
      if (d) p.push_back(d->test.two_sided);
  const std::vector<double> adjusted = holm(p);
  std::size_t i = 0;
  for (TableBlock& block : blocks)
    for (auto& d : block.differences)
      if (d) d->holm = adjusted[i++];
}

}  // namespace

double rounded_to(double value, int decimals) {
  const double scale = std::pow(10.0, decimals);
  return std::copysign(std::floor(std::abs(value) * scale + 0.5 + 1e-7) / scale, value) + 0.0;
}

StudyTable study_table(const Grid& grid, const TableLayout& layout, const GridResults& results,
                       const Published& published, const std::string& metric) {
  StudyTable table{.metric = metric, .better = better_of(metric), .notes = results.notes};
  for (std::size_t b = 0; b < layout.block_titles.size(); ++b) {
    const BlockInput in{.columns = results.places[b],
                        .titles = layout.titles[b],
                        .published = published,
                        .dsc = table.dsc()};
    const Pairs regions = shown_regions(grid, layout, b, in.columns);
    TableBlock block{.title = layout.block_titles[b], .rows = rows_of(in, regions)};
    for (TableRow& row : block.rows) mark_best(row, table.better, table.decimals());
    for (std::size_t c = 0; c < in.columns.size(); ++c) {
      block.differences.emplace_back();
      if (const auto base = layout.baseline[c])
        block.differences[c] = difference_between(in, block, regions, c, *base, table.decimals());
    }
    if (table.dsc()) compare_with_published(block);
    for (const TableRow& row : block.rows)
      for (const TableFigure& f : row.figures)
        table.published = table.published || !std::isnan(f.published);
    tell_what(block, in.columns, table.notes);
    tell_of_seeds(block, in.columns, table.notes);
    table.blocks.push_back(std::move(block));
  }
  correct_all_by_holm(table.blocks);
  if (table.dsc()) tell_of_unused(published, table);
  return table;
}

}  // namespace seg
