#pragma once
#include "study/study_table.h"

#include <string>

namespace seg {

// A line per block, column and figure: table, metric, space, block, column, what (region, average,
// average_with_zeros, delta, delta_common, p, p_holm; tau, of a block), region, mean (of the other
// kinds: the figure), sd, seeds, runs_asked, cases, infinite, published, best (bold, underlined or
// nothing), state of the runs. All that is not known is empty; deltas are in percentage points for
// DSC.
std::string table_csv(const Grid& grid, const TableLayout& layout, const GridResults& results,
                      const StudyTable& table, const ResultsRequest& request);

}  // namespace seg
