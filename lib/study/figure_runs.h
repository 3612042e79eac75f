#pragma once
// Finished runs whose labels may stand side by side.
#include "run/experiment.h"
#include "study/figure_qualitative.h"

#include <vector>

namespace seg {

struct FigureRun {
  std::filesystem::path folder;
  Config config;
  Experiment experiment;
};

// The run of every column. Throws Error(config) where there is none, or where they do not share
// data set, classes and preprocessing.
std::vector<FigureRun> figure_runs(const QualitativeRequest& request);

// Throws Error(config) where a run was trained on the case, or has it in another part of its split
// than the first.
void require_unseen(const std::string& case_id, const std::vector<FigureRun>& runs);

}  // namespace seg
