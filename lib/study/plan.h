#pragma once
// What is done of a grid and what is left, before anything is run.
#include "study/run_grid.h"

#include <string>

namespace seg {

// A line per cell: its index, state, and for those not done how long their training will take and
// what their folders will hold, by what was measured in the run folders most like them (most axes
// in common); a total. Times are of training alone.
std::string plan_text(const Grid& grid, const GridRequest& request);

// A job array for SLURM: one task per cell, asked to stop two minutes before its time limit and
// queued again until it is done. arguments: of segtables run, as they are to stand there.
std::string sbatch_script(const Grid& grid, const GridRequest& request,
                          const std::vector<std::string>& arguments);

}  // namespace seg
