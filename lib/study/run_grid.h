#pragma once
// Trains and evaluates the cells of a grid that are not done, each by segtrain in a process of its
// own. Nothing is kept but the run folders: the same command goes on after any end.
#include "evaluation/space.h"
#include "study/cell.h"
#include "study/cell_status.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace seg {

struct GridRequest {
  // Where the data are: the name of an axis's value and data.root of its cells; an empty name: of
  // all cells.
  std::vector<std::pair<std::string, std::string>> data = {};
  std::vector<std::string> overrides = {};  // as --set
  std::int64_t seeds = 0;                   // 0: the grid's
  Space space = Space::original;            // preprocessed: evaluates in that, too
  std::int64_t jobs = 1;                    // at once; GPUs are taken in turn
  std::int64_t index = -1;                  // this cell alone, counted from 0; -1: all
};

// The cells with what the request says of them. Throws Error(config) where a name in `data` is of
// no value, or the index of no cell.
std::vector<Cell> requested_cells(const Grid& grid, const GridRequest& request);

// Every cell that is not done. Throws Error(config) before the first where the configuration of one
// is wrong. A cell that fails is reported and the others go on; then
// Error(failure) names them with what was wrong. A stop signal is passed on to what runs, and ends
// in Error(interrupted) when all have stopped.
void run_grid(const Grid& grid, const GridRequest& request);

}  // namespace seg
