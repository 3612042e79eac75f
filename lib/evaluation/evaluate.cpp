#include "evaluation/evaluate.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/text.h"
#include "evaluation/crop_loss.h"
#include "inference/predictor.h"
#include "run/checkpoint.h"
#include "run/run_network.h"

namespace seg {
namespace {

std::string regions_text(const std::vector<Region>& regions,
                         const std::vector<std::string>& classes) {
  std::string text;
  for (const Region& region : regions) {
    if (region.classes.size() == 1 && classes[region.classes[0]] == region.name) continue;
    std::string members;
    for (const std::int64_t c : region.classes)
      members += (members.empty() ? "" : " + ") + classes[c];
    text += ", " + region.name + " = " + members;
  }
  return text;
}

}  // namespace

DscTable evaluate(Network& network, const Experiment& experiment, const std::vector<Case>& cases,
                  const std::string& title, const Config& config, const Compute& compute,
                  const Observer& observer) {
  DscTable table{title + regions_text(experiment.regions(), experiment.dataset().labels.classes),
                 experiment.regions(),
                 {}};
  Progress progress("evaluating", "cases", static_cast<std::int64_t>(cases.size()));
  const auto on_share = [&](double share) { progress.within(share); };
  for (const Case& c : cases) {
    const PreparedCase prepared = experiment.cache().open(c, CropFor::evaluation);
    if (!prepared.label.defined())
      fail_data("case {}: has no label, so it cannot be evaluated; remove it from the split", c.id);
    const torch::Tensor labels =
        predict(network, whole_image(prepared), lowest_values(prepared), config, compute, on_share);
    table.cases.push_back({c.id, dice_counts(labels, whole_label(prepared), experiment.regions())});
    if (observer) observer(prepared, labels);
    progress.advance();
  }
  return table;
}

SplitPart result_part(const Split& split) {
  return split.test.empty() ? SplitPart::validation : SplitPart::test;
}

Evaluation evaluate_run(const std::filesystem::path& run, const std::filesystem::path& checkpoint,
                        std::optional<SplitPart> part, const Config& config,
                        const Experiment& experiment, const Compute& compute,
                        const Observer& observer) {
  const SplitPart result = result_part(experiment.split());
  if (!part && result == SplitPart::validation)
    log::warn(
        "the split has no test cases: the table is of the validation cases, which also selected "
        "the model");
  if (!part) part = result;
  if (experiment.split().of(*part).empty())
    fail_data(
        "the split has no {} cases, so there is nothing to evaluate; choose another part or split",
        word_of(*part));
  const auto network = network_for(config, experiment, compute);
  // The folder itself: a run under way may point its links elsewhere meanwhile.
  const std::filesystem::path folder = std::filesystem::weakly_canonical(checkpoint);
  load_weights_to_evaluate(folder, model_signature(config, experiment), *network);
  const std::int64_t step = load_training_state(folder).step;
  const std::string title =
      fmt::format("{}, {}, step {}", word_of(*part), word_of(config.loss.name), step);
  const std::vector<Case> cases = experiment.part(*part);
  const std::string name = *part == result ? "dsc" : fmt::format("dsc-{}", word_of(*part));
  Evaluation evaluation{evaluate(*network, experiment, cases, title, config, compute, observer),
                        run / (name + ".md")};
  if (!config.prep.crop.size.empty())
    evaluation.table.note = markdown_cell(crop_loss_text(crop_losses(experiment, cases)));
  write_csv(evaluation.table, run / (name + ".csv"));
  write_file(evaluation.file, markdown(evaluation.table));
  return evaluation;
}

}  // namespace seg
