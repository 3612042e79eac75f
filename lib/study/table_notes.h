#pragma once
// What a reader of the table must be told below it.
#include "study/study_table.h"

#include <string>
#include <vector>

namespace seg {

// Says what all of the block's figures are of, and counts their cases; a note where that is not one
// thing.
void tell_what(TableBlock& block, const std::vector<PlaceResults>& columns,
               std::vector<std::string>& notes);

// A note where the figures of some columns, and p, rest on fewer seeds than others.
void tell_of_seeds(const TableBlock& block, const std::vector<PlaceResults>& columns,
                   std::vector<std::string>& notes);

// A note of published figures that are of no place of the table, where all its rows are known.
void tell_of_unused(const Published& published, StudyTable& table);

}  // namespace seg
