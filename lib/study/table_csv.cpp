#include "study/table_csv.h"

#include "core/text.h"

#include <fmt/format.h>

#include <cmath>

namespace seg {
namespace {

// A line's values after what it is of.
struct CsvFigure {
  std::string what, region = {};
  double value, deviation = std::nan("");
  std::int64_t seeds = -1, infinite = -1;
  double published = std::nan("");
  const char* best = "";
};

// What is the same in all lines of a column.
struct CsvPlace {
  std::string begin;                               // table, metric, space, block, column
  std::int64_t done = -1, asked = -1, cases = -1;  // runs
  std::string state = {};
};

std::string csv_number(double value) {
  return std::isnan(value) ? "" : fmt::format("{:.6g}", value);
}

std::string csv_count(std::int64_t n) { return n < 0 ? "" : std::to_string(n); }

std::string csv_line_of(const CsvPlace& place, const CsvFigure& f) {
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\n", place.begin, f.what,
                     csv_value(f.region), csv_number(f.value), csv_number(f.deviation),
                     csv_count(f.seeds), csv_count(place.done), csv_count(place.asked),
                     csv_count(place.cases), csv_count(f.infinite), csv_number(f.published), f.best,
                     place.state);
}

std::string column_csv(const CsvPlace& place, const TableBlock& block, std::size_t column) {
  std::string csv;
  for (const TableRow& row : block.rows) {
    const TableFigure& f = row.figures[column];
    csv += csv_line_of(place, {.what = std::string(word_of(row.kind)),
                               .region = row.kind == RowKind::region ? row.shown : "",
                               .value = f.mean,
                               .deviation = f.deviation,
                               .seeds = f.seeds,
                               .infinite = f.infinite,
                               .published = f.published,
                               .best = f.bold         ? "bold"
                                       : f.underlined ? "underlined"
                                                      : ""});
  }
  const auto& d = block.differences[column];
  if (!d) return csv;
  csv += csv_line_of(place, {.what = "delta", .value = d->rounded, .published = d->published});
  csv += csv_line_of(place, {.what = "delta_common", .value = d->common});
  csv += csv_line_of(place, {.what = "p", .value = d->test.two_sided});
  csv += csv_line_of(place, {.what = "p_pairs", .value = static_cast<double>(d->test.nonzero)});
  return csv + csv_line_of(place, {.what = "p_holm", .value = d->holm});
}

}  // namespace

std::string table_csv(const Grid& grid, const TableLayout& layout, const GridResults& results,
                      const StudyTable& table, const ResultsRequest& request) {
  std::string csv =
      "table,metric,space,block,column,what,region,mean,sd,seeds,runs_done,runs_asked,cases,"
      "infinite,"
      "published,best,state\n";
  for (std::size_t b = 0; b < table.blocks.size(); ++b) {
    const TableBlock& block = table.blocks[b];
    const std::string begin =
        fmt::format("{},{},{},{}", csv_value(grid.title), csv_value(table.metric),
                    word_of(request.space), csv_value(block.title));
    for (std::size_t c = 0; c < layout.column_titles.size(); ++c) {
      const PlaceResults& place = results.places[b][c];
      if (place.asked == 0) continue;
      std::string title;
      for (const std::string& part : layout.column_titles[c])
        title += (title.empty() ? "" : " / ") + part;
      csv += column_csv({.begin = begin + "," + csv_value(title),
                         .done = place.done,
                         .asked = place.asked,
                         .cases = block.cases[c],
                         .state = std::string(word_of(place.state))},
                        block, c);
    }
    csv += csv_line_of({.begin = begin + ","}, {.what = "tau", .value = block.tau});
  }
  return csv;
}

}  // namespace seg
