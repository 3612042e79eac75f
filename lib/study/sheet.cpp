#include "study/sheet.h"

#include "study/table_caption.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

std::string number_text(double value, int decimals) {
  if (std::isnan(value)) return "absent";
  return fmt::format("{:.{}f}", rounded_to(value, decimals), decimals);
}

// Of a place without figures.
const char* empty_text(CellState state) {
  switch (state) {
    case CellState::missing: return "not run";
    case CellState::partial: return "unfinished";
    case CellState::other: return "other";
    case CellState::done: break;
  }
  return "";
}

std::string published_text(double value) {
  if (std::isnan(value)) return "";
  return value == 0 ? " [-]" : fmt::format(" [{:.4f}]", value);
}

SheetCell figure_cell(const TableFigure& figure, const TableRow& row, const PlaceResults& place,
                      const StudyTable& table) {
  SheetCell cell{.bold = figure.bold, .underlined = figure.underlined};
  // An average that leaves all regions out is one of nothing but zeros.
  const bool zero = table.dsc() &&
                    (figure.mean == 0 || (row.kind == RowKind::average && std::isnan(figure.mean)));
  if (place.asked == 0) return cell;
  if (place.seeds.empty())
    cell.text = empty_text(place.state);
  else if (zero)
    cell.text = "-";
  else if (std::isnan(figure.mean) && figure.infinite > 0)
    cell.text = "none finite";
  else
    cell.text = number_text(figure.mean, table.decimals());
  if (!zero && !std::isnan(figure.deviation))
    cell.after += " ± " + number_text(figure.deviation, table.decimals());
  if (figure.infinite > 0) cell.after += fmt::format(" ({} inf)", figure.infinite);
  cell.after += published_text(figure.published);
  return cell;
}

std::string signed_text(double value, int decimals) {
  return std::isnan(value) ? "" : fmt::format("{:+.{}f}", rounded_to(value, decimals), decimals);
}

// With the number of pairs that count, where some do not.
SheetCell p_cell(const Wilcoxon& test) {
  const std::int64_t left_out = test.zeros + test.absent;
  if (left_out + test.nonzero == 0) return {};
  return {.text = test.nonzero == 0 ? "none" : p_text(test.two_sided),
          .after = left_out == 0 ? "" : fmt::format(" ({})", test.nonzero)};
}

// The rows below the averages: what a column differs by from its baseline.
std::vector<SheetRow> difference_rows(const TableBlock& block, const StudyTable& table,
                                      const std::string& baseline) {
  const int decimals = table.dsc() ? 2 : table.decimals();
  std::vector<SheetRow> rows = {{.name = "Δ Avg, " + baseline, .apart = true},
                                {.name = "Δ regions of both"},
                                {.name = "p"},
                                {.name = "p, Holm"}};
  for (const auto& d : block.differences) {
    for (SheetRow& row : rows) row.cells.emplace_back();
    if (!d) continue;
    rows[0].cells.back().text = signed_text(d->rounded, decimals);
    if (!std::isnan(d->published))
      rows[0].cells.back().after =
          fmt::format("{}[{}]", rows[0].cells.back().text.empty() ? "" : " ",
                      signed_text(d->published, decimals));
    if (d->common_regions > 0)
      rows[1].cells.back() = {.text = signed_text(d->common, decimals),
                              .after = fmt::format(" ({})", d->common_regions)};
    rows[2].cells.back() = p_cell(d->test);
    rows[3].cells.back().text = p_text(d->holm);
  }
  return rows;
}

// How far the columns are, where not all are done.
std::vector<SheetRow> progress_rows(const std::vector<PlaceResults>& places,
                                    const TableLayout& layout) {
  if (std::all_of(places.begin(), places.end(),
                  [](const PlaceResults& p) { return p.done == p.asked; }))
    return {};
  const char* of = layout.pools ? "runs" : "seeds";
  SheetRow row{.name = of, .apart = true};
  for (const PlaceResults& place : places)
    row.cells.push_back(
        {.text = place.asked == 0 ? "" : fmt::format("{} of {}", place.done, place.asked)});
  return {row};
}

// A line of headings for each axis of the columns; equal neighbours under one heading.
std::vector<std::vector<SheetHead>> heads_of(const TableLayout& layout) {
  std::vector<std::vector<SheetHead>> head;
  for (std::size_t level = 0; level < layout.column_titles[0].size(); ++level) {
    head.emplace_back();
    std::vector<std::string> last;
    for (std::vector<std::string> group : layout.column_titles) {
      group.resize(level + 1);
      if (group == last)
        ++head.back().back().span;
      else
        head.back().push_back({group[level]});
      last = group;
    }
  }
  if (head.empty()) head = {{{"all"}}};
  return head;
}

}  // namespace

Sheet sheet_of(const Grid& grid, const TableLayout& layout, const GridResults& results,
               const StudyTable& table, const ResultsRequest& request) {
  Sheet sheet{.title = grid.title,
              .caption = table_caption(grid, table, request),
              .notes = table.notes,
              .block_heading = grid.rows,
              .row_heading = "region",
              .head = heads_of(layout),
              .columns = layout.column_titles.size()};
  const std::string baseline = baseline_title(grid);
  for (std::size_t b = 0; b < table.blocks.size(); ++b) {
    const TableBlock& block = table.blocks[b];
    const std::vector<PlaceResults>& places = results.places[b];
    sheet.blocks.push_back({block.title});
    std::vector<SheetRow>& rows = sheet.blocks.back().rows;
    for (const TableRow& row : block.rows) {
      rows.push_back({.name = row.shown, .apart = row.kind == RowKind::average && !rows.empty()});
      for (std::size_t c = 0; c < places.size(); ++c)
        rows.back().cells.push_back(figure_cell(row.figures[c], row, places[c], table));
    }
    const auto add = [&](const std::vector<SheetRow>& more) {
      rows.insert(rows.end(), more.begin(), more.end());
    };
    if (!baseline.empty()) add(difference_rows(block, table, baseline));
    add(progress_rows(places, layout));
  }
  return sheet;
}

}  // namespace seg
