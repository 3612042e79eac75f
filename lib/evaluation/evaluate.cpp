#include "evaluation/evaluate.h"

#include "core/error.h"
#include "core/ignore.h"
#include "core/progress.h"
#include "inference/predictor.h"
#include "prep/resample.h"

namespace seg {
namespace {

// A case as it is predicted, compared in one of the spaces.
struct ComparedCase {
  PreparedCase prepared;
  torch::Tensor labels = {};  // on the prepared grid
  LabelPair pair = {};
};

ComparedCase compare_in_original_space(const Case& c, const Experiment& experiment,
                                       Predictor& predictor, const PredictionHooks& hooks) {
  ComparedCase seen{experiment.cache().open_whole(c)};
  const PreparedCase& whole = seen.prepared;
  const auto predict_on = [&](const Geometry& grid) {
    const torch::Tensor labels =
        predictor.labels(whole_image(whole), lowest_values(whole), whole.geometry, grid, hooks);
    seen.labels = resample_label(labels, grid, whole.geometry, LabelInterpolation::nearest);
    return labels;
  };
  seen.pair = on_label_file(c, experiment.dataset().labels, whole.geometry, predict_on);
  return seen;
}

ComparedCase compare_in_preprocessed_space(const Case& c, const Experiment& experiment,
                                           Predictor& predictor, const PredictionHooks& hooks) {
  ComparedCase seen{experiment.cache().open(c, CropFor::evaluation)};
  const PreparedCase& crop = seen.prepared;
  seen.labels = predictor.labels(whole_image(crop), lowest_values(crop), hooks);
  seen.pair = {seen.labels, whole_label(crop), crop.geometry};
  return seen;
}

}  // namespace

std::string regions_text(const std::vector<Region>& regions,
                         const std::vector<std::string>& classes) {
  std::string text;
  for (const Region& region : regions) {
    if (region.classes.size() == 1 &&
        classes[static_cast<std::size_t>(region.classes[0])] == region.name)
      continue;
    std::string members;
    for (const std::int64_t c : region.classes)
      members += (members.empty() ? "" : " + ") + classes[static_cast<std::size_t>(c)];
    text += ", " + region.name + " = " + members;
  }
  return text;
}

CaseMetrics case_metrics(const std::string& id, const torch::Tensor& prediction,
                         const torch::Tensor& truth, const Dhw<double>& spacing,
                         const std::vector<Region>& regions,
                         const std::optional<std::vector<double>>& tolerances) {
  CaseMetrics c{.id = id};
  c.voxel_ml = spacing[0] * spacing[1] * spacing[2] / 1000;
  c.voxels = truth.ne(kIgnore).count_nonzero().item<std::int64_t>();
  if (tolerances) {
    c.regions = region_metrics(prediction, truth, regions, spacing, *tolerances);
    return c;
  }
  for (const DiceCounts& counts : dice_counts(prediction, truth, regions)) {
    RegionMetrics overlap;
    overlap.counts = counts;
    c.regions.push_back(overlap);
  }
  return c;
}

MetricTable evaluate(Network& network, const Experiment& experiment, const std::vector<Case>& cases,
                     const std::string& title, const Config& config, const Compute& compute,
                     const Measures& measures, const Observer& observer) {
  MetricTable table{title + regions_text(experiment.regions(), experiment.dataset().labels.classes),
                    experiment.regions(),
                    {}};
  table.tolerances = measures.tolerances.value_or(std::vector<double>{});
  Progress progress("evaluating", "cases", static_cast<std::int64_t>(cases.size()));
  const PredictionHooks hooks{.on_share = [&](double share) { progress.within(share); }};
  Predictor predictor({&network}, config, experiment.dataset().labels.classes, compute);
  for (const Case& c : cases)
    if (c.label.empty())
      fail_data("case {}: has no label, so it cannot be evaluated; remove it from the split", c.id);
  for (const Case& c : cases) {
    const ComparedCase seen = (measures.space == Space::original ? compare_in_original_space
                                                                 : compare_in_preprocessed_space)(
        c, experiment, predictor, hooks);
    const LabelPair& pair = seen.pair;
    if (measures.on_pair) measures.on_pair(c.id, pair);
    table.cases.push_back(case_metrics(c.id, pair.prediction, pair.truth,
                                       pair.geometry.spacing_dhw(), experiment.regions(),
                                       measures.tolerances));
    table.cases.back().truth_file = c.label.string();
    if (observer) observer({c, seen.prepared, seen.labels, pair, table.cases.back()});
    progress.advance();
  }
  return table;
}

}  // namespace seg
