#pragma once
// A whole run: what segtrain does.
#include "evaluation/evaluate_run.h"

#include <filesystem>
#include <string>

namespace seg {

struct TrainedRun {
  std::filesystem::path folder;
  std::filesystem::path picture;  // of an evaluated case: image, reference, prediction
  Evaluation evaluation;
};

// Builds missing cache cases, trains, evaluates the best checkpoint on the test cases (without
// validation cases the last, with a warning; without test cases on the validation cases), and draws
// each evaluated case into the run's pictures/. Continues the run in config.output on the split it
// was begun with. name: of a new run's folder where config.output is empty. accept_changed_data: of
// run/data_record.h. Throws as require_trainable, RunFolder, train and evaluate_run do.
TrainedRun train_and_evaluate(const Config& config, const std::string& name,
                              bool accept_changed_data);

}  // namespace seg
