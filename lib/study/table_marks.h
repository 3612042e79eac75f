#pragma once
#include "study/study_table.h"

namespace seg {

// Marks the figures of a row as they are shown, so that equal ones are marked alike. A row in which
// fewer than two columns have a figure, or all are 0, has no best.
void mark_best(TableRow& row, Better better, int decimals);

}  // namespace seg
