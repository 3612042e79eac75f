#pragma once
// The evaluation of a trained run, with its tables and its report in the run's folder.
#include "config/lesion_rule.h"
#include "evaluation/evaluate.h"
#include "evaluation/evaluation_files.h"

#include <filesystem>
#include <optional>

namespace seg {

struct RunEvaluation {
  std::filesystem::path checkpoint;    // a folder
  std::optional<SplitPart> part = {};  // nothing: result_part
  Space space = Space::original;
  std::vector<double> tolerances = {1, 2};  // of NSD, mm
  std::optional<LesionRule> lesions = {};
};

struct Evaluation {
  MetricTable table;
  WrittenEvaluation written = {};
};

// The part that the result of a run is of: test, or validation where there are no test cases.
SplitPart result_part(const Split& split);

// Evaluates and writes into `run`. The result is of the best checkpoint (of the last where none was
// validated), the result's part and original space; any other evaluation has a suffix in its files'
// names that says what differs (-validation, -preprocessed, -step-600), so that the result stays.
// The notes say what prep.crop cuts off the labels.
Evaluation evaluate_run(const std::filesystem::path& run, const RunEvaluation& choice,
                        const Config& config, const Experiment& experiment, const Compute& compute,
                        const Observer& observer = {});

}  // namespace seg
