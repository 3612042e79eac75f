#include "evaluation/evaluate_run.h"

#include "core/error.h"
#include "core/log.h"
#include "core/path_name.h"
#include "evaluation/case_picture.h"
#include "evaluation/crop_loss.h"
#include "run/checkpoint.h"
#include "run/run_folder.h"
#include "run/run_network.h"

namespace seg {
namespace fs = std::filesystem;
namespace {

// What the names of files say of an evaluation that is not the run's result.
std::string suffix_of(const fs::path& run, const fs::path& checkpoint, std::int64_t step,
                      SplitPart part, SplitPart result, Space space) {
  const fs::path best = run / "checkpoints" / "best";
  const fs::path own = fs::exists(best) ? best : run / "checkpoints" / "last";
  std::string suffix;
  if (part != result) suffix += fmt::format("-{}", word_of(part));
  if (space != Space::original) suffix += fmt::format("-{}", word_of(space));
  if (fs::weakly_canonical(own) != checkpoint) suffix += fmt::format("-step-{}", step);
  return suffix;
}

// The epochs of the whole run, or those up to the checkpoint where that is all there is.
std::vector<EpochRecord> history_of(const fs::path& run, const TrainingState& evaluated) {
  const auto newest = newest_checkpoint(run);
  return newest ? load_training_state(*newest).history : evaluated.history;
}

Evaluated evaluated_of(const Config& config, const Experiment& experiment, SplitPart part,
                       Space space, std::int64_t step) {
  return {.dataset = experiment.dataset().name,
          .network = std::string(word_of(config.model.name)),
          .loss = std::string(word_of(config.loss.name)),
          .seed = std::to_string(config.training.seed),
          .part = std::string(word_of(part)),
          .space = std::string(word_of(space)),
          .step = step};
}

}  // namespace

SplitPart result_part(const Split& split) {
  return split.test.empty() ? SplitPart::validation : SplitPart::test;
}

Evaluation evaluate_run(const fs::path& run, const RunEvaluation& choice, const Config& config,
                        const Experiment& experiment, const Compute& compute,
                        const Observer& observer) {
  const SplitPart result = result_part(experiment.split()), part = choice.part.value_or(result);
  if (!choice.part && result == SplitPart::validation)
    log::warn(
        "the split has no test cases: the table is of the validation cases, which also selected "
        "the model");
  if (experiment.split().of(part).empty())
    fail_data(
        "the split has no {} cases, so there is nothing to evaluate; choose another part or split",
        word_of(part));
  std::optional<LesionTable> lesions;
  if (choice.lesions)
    lesions.emplace(*choice.lesions, experiment.dataset().labels.classes, experiment.regions());
  const auto network = network_for(config, experiment, compute);
  // The folder itself: a run under way may point its links elsewhere meanwhile.
  const fs::path checkpoint = fs::weakly_canonical(choice.checkpoint);
  load_weights_to_evaluate(checkpoint, model_signature(config, experiment), *network);
  const TrainingState state = load_training_state(checkpoint);
  const std::string title =
      fmt::format("{}, {}, step {}, {} space", word_of(part), word_of(config.loss.name), state.step,
                  word_of(choice.space));
  const std::vector<Case> cases = experiment.part(part);
  Measures measures{choice.space, choice.tolerances};
  if (lesions) measures.on_pair = [&](const auto& id, const auto& pair) { lesions->add(id, pair); };
  Gallery gallery;
  const auto see = [&](const EvaluatedCase& c) {
    gallery.offer(c.metrics.id, mean_dsc(c.metrics),
                  [&] { return overlay_of(c, choice.space, experiment.dataset().labels); });
    if (observer) observer(c);
  };
  Evaluation evaluation{
      evaluate(*network, experiment, cases, title, config, compute, measures, see)};
  evaluation.table.evaluated = evaluated_of(config, experiment, part, choice.space, state.step);
  if (!config.prep.crop.size.empty())
    evaluation.table.notes.push_back(crop_loss_text(crop_losses(experiment, cases)));
  const Background background{history_of(run, state), config_yaml(config),
                              lesions ? &*lesions : nullptr};
  evaluation.written = write_evaluation(
      run, name_of(run), suffix_of(run, checkpoint, state.step, part, result, choice.space),
      evaluation.table, gallery, background);
  return evaluation;
}

}  // namespace seg
