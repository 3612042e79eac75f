#pragma once
// A cell of a grid at work: one process after another, until it is done.
#include "evaluation/space.h"
#include "study/cell.h"
#include "study/child.h"
#include "study/shares.h"

#include <cstddef>
#include <optional>
#include <string>

namespace seg {

class CellJob {
 public:
  // grid and cell outlive it. slot: as Shares::give has it.
  CellJob(const Grid& grid, const Cell& cell, Space space, std::size_t slot);

  // Starts the next process: training, which ends with an evaluation in original space, or that in
  // preprocessed space. False where nothing is left to do. Throws Error where the cell cannot be
  // done.
  bool start(const Shares& shares);

  // Shows what it wrote; true when the process is gone.
  bool advance();

  // Throws Error with what the process said where it failed; Error(interrupted) where it stopped.
  void finish();

  const Cell& cell() const { return cell_; }
  std::size_t slot() const { return slot_; }
  int descriptor() const { return child_->descriptor(); }  // to wait for what it writes
  void ask_to_stop() { child_->ask_to_stop(); }

 private:
  std::string log_file() const;

  const Grid& grid_;
  const Cell& cell_;
  Space space_;
  std::size_t slot_;
  int steps_ = 0;
  std::optional<Child> child_;
  std::string error_;
};

}  // namespace seg
