#pragma once
// Where the cells of a grid stand in its table: blocks of rows, columns, and what is pooled.
#include "study/cell.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace seg {

// What published figures call each axis' value at a place of the table; empty where its values are
// pooled. None where the place has no cell.
using PlaceTitles = std::vector<std::string>;

// Blocks and columns without a cell are left out; a place of the others may have none.
class TableLayout {
 public:
  explicit TableLayout(const Grid& grid);

  std::vector<std::string> block_titles;                // one that is empty: there are no blocks
  std::vector<Pairs> regions;                           // of each block, as the grid has them
  std::vector<std::vector<std::string>> column_titles;  // of each a title per axis of the columns
  std::vector<std::optional<std::size_t>> baseline;     // of each the column it is compared with
  std::vector<std::vector<PlaceTitles>> titles;         // [block][column]
  bool pools = false;                                   // does a place have more runs than seeds?

  std::size_t block_of(const Cell& cell) const;
  std::size_t column_of(const Cell& cell) const;
  // Of the values that are pooled: "2".
  std::string pooled_name(const Cell& cell) const;

 private:
  using Values = std::vector<std::size_t>;
  void find_baselines(const Grid& grid);
  void find_titles(const Grid& grid, const std::vector<Cell>& cells);
  Values column_values(const Cell& cell) const;

  std::optional<std::size_t> rows_;              // an axis; these are axes, too:
  std::vector<std::size_t> over_, pooled_;       // of the columns, of neither
  std::vector<std::size_t> blocks_;              // of each the value of rows_
  std::vector<Values> columns_;                  // of each the values of over_
  std::vector<std::vector<std::string>> names_;  // of the values of pooled_
};

}  // namespace seg
