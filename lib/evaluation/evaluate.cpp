#include "evaluation/evaluate.h"

#include "core/error.h"
#include "core/ignore.h"
#include "core/progress.h"
#include "inference/predictor.h"

namespace seg {
namespace {

LabelPair compared(const Case& c, const Experiment& experiment, Space space,
                   const PreparedCase& prepared, const torch::Tensor& labels) {
  if (space == Space::original)
    return on_label_file(c, experiment.dataset().labels, prepared, labels);
  return {labels, whole_label(prepared), prepared.geometry};
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
  const auto on_share = [&](double share) { progress.within(share); };
  for (const Case& c : cases)
    if (c.label.empty())
      fail_data("case {}: has no label, so it cannot be evaluated; remove it from the split", c.id);
  for (const Case& c : cases) {
    const PreparedCase prepared = measures.space == Space::original
                                      ? experiment.cache().open_whole(c)
                                      : experiment.cache().open(c, CropFor::evaluation);
    const torch::Tensor labels =
        predict(network, whole_image(prepared), lowest_values(prepared), config, compute, on_share);
    const LabelPair pair = compared(c, experiment, measures.space, prepared, labels);
    if (measures.on_pair) measures.on_pair(c.id, pair);
    table.cases.push_back(case_metrics(c.id, pair.prediction, pair.truth,
                                       pair.geometry.spacing_dhw(), experiment.regions(),
                                       measures.tolerances));
    table.cases.back().truth_file = c.label.string();
    if (observer) observer({c, prepared, labels, pair, table.cases.back()});
    progress.advance();
  }
  return table;
}

}  // namespace seg
