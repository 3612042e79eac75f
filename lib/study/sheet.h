#pragma once
// A grid's table as text in cells, which each format writes in its own way.
#include "study/study_table.h"

#include <string>
#include <vector>

namespace seg {

struct SheetCell {
  std::string text = {};
  std::string after = {};  // " ± 0.0041 [0.7497]": never bold or underlined
  bool bold = false, underlined = false;
};

struct SheetHead {
  std::string text;
  std::size_t span = 1;  // columns
};

struct SheetRow {
  std::string name;
  std::vector<SheetCell> cells = {};  // by column
  bool apart = false;                 // from the row above: the first that is no region's
};

struct SheetBlock {
  std::string title;
  std::vector<SheetRow> rows = {};
};

struct Sheet {
  std::string title;
  std::vector<std::string> caption, notes;   // sentences
  std::string block_heading, row_heading;    // of the first two columns; no block_heading: one less
  std::vector<std::vector<SheetHead>> head;  // from the top, groups before what is in them
  std::vector<SheetBlock> blocks = {};
  std::size_t columns = 0;
};

// The paper's layout: regions in their order, averages, differences from the baseline, p.
Sheet sheet_of(const Grid& grid, const TableLayout& layout, const GridResults& results,
               const StudyTable& table, const ResultsRequest& request);

std::string sheet_markdown(const Sheet& sheet);
// A table environment; the document needs \usepackage{booktabs}.
std::string sheet_latex(const Sheet& sheet);
// A page that needs nothing but itself.
std::string sheet_html(const Sheet& sheet);

}  // namespace seg
