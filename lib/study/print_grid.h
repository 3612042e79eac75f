#pragma once
// segtables print: the table of a grid, from what its run folders hold at this moment.
#include "study/results.h"

#include <string>
#include <vector>

namespace seg {

enum class TableFormat { markdown, csv, latex, html };
constexpr auto words_of(TableFormat) {
  using enum TableFormat;
  return std::to_array<Word<TableFormat>>(
      {{markdown, "markdown"}, {csv, "csv"}, {latex, "latex"}, {html, "html"}});
}

struct PrintRequest {
  TableFormat format = TableFormat::markdown;
  Space space = Space::original;
  std::string metric = "dsc";               // a column of dsc.csv
  std::int64_t seeds = 0;                   // 0: the grid's
  std::vector<std::string> overrides = {};  // over the grid's own, as the runs were started with
};

// The whole text. Needs no run: what is not there is shown as such. Throws Error(config) for a
// metric that there is not and for a region that the results do not have, and what Published and
// status_of throw.
std::string printed(const Grid& grid, const PrintRequest& request);

}  // namespace seg
