#pragma once
// Where a cell of a grid stands. Nothing is kept but the run folders, so this is read from them: of
// a run that was copied without its checkpoints config.yaml, metrics.csv and dsc.csv are enough.
#include "config/choice.h"
#include "evaluation/space.h"
#include "study/cell.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace seg {

enum class CellState { missing, partial, done, other };
constexpr auto words_of(CellState) {
  using enum CellState;
  return std::to_array<Word<CellState>>(
      {{missing, "missing"}, {partial, "partial"}, {done, "done"}, {other, "other"}});
}

struct CellStatus {
  CellState state = CellState::missing;
  std::filesystem::path run = {};    // its folder, whether it is there or not
  std::filesystem::path table = {};  // its dsc.csv in the space asked for
  std::string why = {};              // partial, other: "1 of 2 epochs"
  std::int64_t epochs = 0;           // trained
  std::int64_t all_epochs = 0;       // as the grid has it, by epochs and by steps
  double seconds = 0;                // of training them, where they were trained
};

// The name of the table of a run's result.
std::string table_name(Space space);

// done: trained to the grid's end and evaluated since, its configuration is the grid's. other: what
// stands in the folder is no run of the cell, or cannot be read; why says what. Throws
// Error(config) where the cell's own configuration is wrong.
CellStatus status_of(const Grid& grid, const Cell& cell, Space space);

}  // namespace seg
