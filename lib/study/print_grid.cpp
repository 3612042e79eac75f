#include "study/print_grid.h"

#include "study/sheet.h"
#include "study/table_csv.h"

namespace seg {

std::string printed(const Grid& grid, const PrintRequest& request) {
  const ResultsRequest wanted{.space = request.space,
                              .metric = request.metric,
                              .seeds = request.seeds > 0 ? request.seeds : grid.seeds,
                              .overrides = request.overrides};
  const TableLayout layout(grid);
  const Published published(grid);
  const GridResults results = read_results(grid, layout, wanted);
  const StudyTable table = study_table(grid, layout, results, published, wanted.metric);
  if (request.format == TableFormat::csv) return table_csv(grid, layout, results, table, wanted);
  const Sheet sheet = sheet_of(grid, layout, results, table, wanted);
  switch (request.format) {
    case TableFormat::latex: return sheet_latex(sheet);
    case TableFormat::html: return sheet_html(sheet);
    default: return sheet_markdown(sheet);
  }
}

}  // namespace seg
