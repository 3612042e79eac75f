#pragma once
// What the trainings of a grid have come to, gathered by the blocks and columns of its table.
#include "evaluation/comparison.h"
#include "study/cell_status.h"
#include "study/table_layout.h"

#include <cstdint>
#include <string>
#include <vector>

namespace seg {

// The runs at one place of the table.
struct PlaceResults {
  // Of each seed of which a run is done its cases; those of runs along axes that are neither rows
  // nor columns are joined ("2/CASE" of fold 2, where two runs of the block have a case in common).
  std::vector<EvaluatedRun> seeds = {};
  std::int64_t done = 0, asked = 0;  // runs; asked 0: the grid has none here
  // done: all are. partial: some are. Of none: other where a folder holds another run, else partial
  // where one is begun.
  CellState state = CellState::missing;
};

struct GridResults {
  std::vector<std::vector<PlaceResults>> places;  // [block][column]
  std::vector<std::string> notes;  // a sentence for each run that is begun and not shown
};

struct ResultsRequest {
  Space space = Space::original;
  std::string metric = "dsc";  // a column of dsc.csv
  std::int64_t seeds = 1;
  std::vector<std::string> overrides = {};  // over the grid's own, as the runs were started with
};

// A run whose table cannot be read counts as other, and a note says why. Throws Error(config) for a
// metric that there is not, and what status_of does.
GridResults read_results(const Grid& grid, const TableLayout& layout,
                         const ResultsRequest& request);

}  // namespace seg
