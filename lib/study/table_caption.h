#pragma once
#include "study/study_table.h"

#include <string>
#include <vector>

namespace seg {

// What a reader must know of the figures, a sentence each: the metric, the space, what stands in a
// cell, the rules of averages, differences and tests, cases and seeds.
std::vector<std::string> table_caption(const Grid& grid, const StudyTable& table,
                                       const ResultsRequest& request);

// "CEDL": the values that make a column the baseline; empty where there is none.
std::string baseline_title(const Grid& grid);

}  // namespace seg
