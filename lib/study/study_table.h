#pragma once
// The numbers of a grid's table, as they stand in no format yet.
#include "statistics/ranking.h"
#include "statistics/wilcoxon.h"
#include "study/published.h"
#include "study/results.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace seg {

// One figure: of a region its mean over the cases, of a column an average of those; then over the
// seeds.
struct TableFigure {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double deviation = std::numeric_limits<double>::quiet_NaN();  // of a sample; NaN for one seed
  std::int64_t seeds = 0;                                       // that have one
  std::int64_t infinite = 0;  // cases of all seeds whose distance is, left out of the mean
  double lost = 0;            // these by seed
  double regions = 1;         // in an average, in the mean over the seeds
  double published = std::numeric_limits<double>::quiet_NaN();
  // The best of its row, of those over the most regions that leave out the fewest infinite cases:
  // another is underlined where it is better still.
  bool bold = false, underlined = false;
};

enum class RowKind { region, average, average_with_zeros };
constexpr auto words_of(RowKind) {
  using enum RowKind;
  return std::to_array<Word<RowKind>>(
      {{region, "region"}, {average, "average"}, {average_with_zeros, "average_with_zeros"}});
}

struct TableRow {
  RowKind kind = RowKind::region;
  std::string region, shown;              // its name in the results, in the table
  std::vector<TableFigure> figures = {};  // by column
};

// A column against its baseline; of DSC in percentage points, else in the metric's unit.
struct TableDifference {
  double rounded;  // of the averages, each rounded first, as the paper has it
  double common;   // of the means over the regions that are not 0 in both
  std::int64_t common_regions = 0;
  double published = std::numeric_limits<double>::quiet_NaN();  // of the published averages
  // Of the figures of the cases that both have, the column's first: of a case the mean over the
  // table's regions that are present in it, then over the seeds.
  Wilcoxon test{};
  double holm = std::numeric_limits<double>::quiet_NaN();  // two-sided p over the whole table
};

struct TableBlock {
  std::string title = {};
  std::vector<TableRow> rows = {};
  std::vector<std::optional<TableDifference>> differences = {};  // by column; none for a baseline
  std::vector<std::int64_t> cases = {};                          // by column
  std::string what = {};  // "dataset amos, part test, space original"; empty where nothing is done
  // Kendall's tau-b between our averages and the published, over the columns that have both; NaN
  // below two.
  double tau = std::numeric_limits<double>::quiet_NaN();
  std::int64_t tau_columns = 0;
};

struct StudyTable {
  std::string metric;
  Better better = Better::higher;
  std::vector<TableBlock> blocks = {};
  std::vector<std::string> notes = {};
  bool published = false;  // is a figure published of any place?

  bool dsc() const { return metric == "dsc"; }  // the published figures, hyphens and points
  int decimals() const { return metric.ends_with("_mm") ? 2 : 4; }  // of what is shown
};

// Half of the last decimal goes away from 0, also where binary fractions lie just below it: 0.67225
// is 0.6723.
double rounded_to(double value, int decimals);

// Throws Error(config) where the grid names a region that no result of the block has.
StudyTable study_table(const Grid& grid, const TableLayout& layout, const GridResults& results,
                       const Published& published, const std::string& metric);

}  // namespace seg
