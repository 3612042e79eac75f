#pragma once
// The DSC table of a network on cases, in preprocessed space, inside the crop: sliding
// window, argmax, exact Dice.
#include "inference/compute.h"
#include "models/network.h"
#include "report/dsc_table.h"
#include "run/experiment.h"

#include <functional>

namespace seg {

// Looks at a case and its predicted labels, uint8 [D, H, W].
using Observer = std::function<void(const PreparedCase&, const torch::Tensor&)>;

// cases: with labels. To `title` is added how regions are united ("WT = NTC + ED + ET"). Throws
// Error(data) for a case without a label, Error(interrupted) on a stop signal.
DscTable evaluate(Network& network, const Experiment& experiment, const std::vector<Case>& cases,
                  const std::string& title, const Config& config, const Compute& compute,
                  const Observer& observer = {});

// The evaluation of a trained run, and where it was written.
struct Evaluation {
  DscTable table;
  std::filesystem::path file;  // dsc.md; dsc.csv lies beside it
};

// The part that the result of a run is of: test, or validation where there are no test cases.
SplitPart result_part(const Split& split);

// Evaluates `checkpoint` (a folder) on `part` (none: the result's) and writes dsc.csv and dsc.md
// into `run`; of another part than the result's dsc-PART.csv and dsc-PART.md, so that the result
// stays. Beside the regions' DSC dsc.md says what prep.crop cut off.
Evaluation evaluate_run(const std::filesystem::path& run, const std::filesystem::path& checkpoint,
                        std::optional<SplitPart> part, const Config& config,
                        const Experiment& experiment, const Compute& compute,
                        const Observer& observer = {});

}  // namespace seg
