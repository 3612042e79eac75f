#pragma once
// The trainings that a grid asks for.
#include "config/config.h"
#include "study/grid.h"

#include <cstdint>
#include <string>
#include <vector>

namespace seg {

// One training of the grid.
struct Cell {
  std::vector<std::size_t> at = {};  // the value of each axis
  std::int64_t seed = 0;
  std::string name = {};                    // of its run folder: the values' names and the seed
  std::string config = {};                  // as --config takes it
  std::vector<std::string> overrides = {};  // as --set takes them: "loss.name=CWCD"
};

// All cells, the seeds slowest, then the axes in their order. `overrides` come after the grid's
// own. Throws Error(config) for one of a key that an axis sets, and for what a cell says itself:
// its seed, its folder.
std::vector<Cell> cells_of(const Grid& grid, std::int64_t seeds,
                           const std::vector<std::string>& overrides = {});

// The cell's configuration. Throws Error(config) that names the grid and the cell.
Config config_of(const Grid& grid, const Cell& cell);

// Of the cell's overrides those that say where things are and what computes, for another program
// that works on its run: data.root, prep.cache, device, threads.
std::vector<std::string> places_of(const Cell& cell);

}  // namespace seg
