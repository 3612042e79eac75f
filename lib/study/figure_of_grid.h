#pragma once
// Figures 2 and 3 of the runs of a grid.
#include "study/run_grid.h"

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

struct GridFigure {
  std::string block = {};               // a value of the grid's rows; empty where it has one
  std::vector<std::string> cases = {};  // "CASE" or "CASE:SLICE"; empty: as QualitativeRequest says
  GridRequest request = {};             // data and overrides, as the runs were made with
};

// A column per cell of the block that is done, of seed 0 and the first value of each axis that is
// in neither rows nor columns. Throws Error(config) for a block that there is not, and where none
// is done; else as qualitative_figure.
void write_figure_of_grid(const Grid& grid, const GridFigure& figure,
                          const std::filesystem::path& stem);

}  // namespace seg
