#pragma once
// A network's metrics on cases: sliding window, argmax, comparison.
#include "evaluation/original_space.h"
#include "evaluation/space.h"
#include "inference/compute.h"
#include "models/network.h"
#include "report/metric_table.h"
#include "run/experiment.h"

#include <functional>
#include <optional>

namespace seg {

// A case as the network saw it and what came of it.
struct EvaluatedCase {
  const Case& files;
  const PreparedCase& prepared;
  // uint8 [D, H, W] on the prepared grid; in original space those compared, the nearest of each
  // voxel.
  const torch::Tensor& labels;
  const LabelPair& pair;  // that was compared
  const CaseMetrics& metrics;
};
using Observer = std::function<void(const EvaluatedCase&)>;

// Looks at the labels that are compared.
using PairObserver = std::function<void(const std::string& id, const LabelPair& pair)>;

struct Measures {
  Space space = Space::preprocessed;
  std::optional<std::vector<double>> tolerances = {};  // of NSD, mm; nothing: overlaps alone, no
                                                       // distances
  PairObserver on_pair = {};
};

// cases: with labels. To `title` is added how regions are united ("WT = NTC + ED + ET"). Throws
// Error(data) for a case without a label, Error(interrupted) on a stop signal.
MetricTable evaluate(Network& network, const Experiment& experiment, const std::vector<Case>& cases,
                     const std::string& title, const Config& config, const Compute& compute,
                     const Measures& measures = {}, const Observer& observer = {});

// How a title says which regions unite classes: ", WT = NTC + ED + ET"; "" where none does.
std::string regions_text(const std::vector<Region>& regions,
                         const std::vector<std::string>& classes);

// The figures of one case. tolerances as Measures::tolerances.
CaseMetrics case_metrics(const std::string& id, const torch::Tensor& prediction,
                         const torch::Tensor& truth, const Dhw<double>& spacing,
                         const std::vector<Region>& regions,
                         const std::optional<std::vector<double>>& tolerances);

}  // namespace seg
