#include "training/train_and_evaluate.h"

#include "core/error.h"
#include "core/log.h"
#include "data/split.h"
#include "evaluation/case_picture.h"
#include "evaluation/crop_loss.h"
#include "run/data_check.h"
#include "run/data_record.h"
#include "run/finished_run.h"
#include "run/run_folder.h"
#include "training/checks.h"
#include "training/trainer.h"

namespace seg {
namespace {

void warn_of_crop_loss(const Experiment& experiment, const CropConfig& crop) {
  if (crop.size.empty()) return;
  const SplitPart part = result_part(experiment.split());
  const auto losses = crop_losses(experiment, experiment.part(part));
  if (!losses.empty())
    log::warn("{} cases: {} segprep verify lists each; a larger prep.crop.size keeps more",
              word_of(part), crop_loss_text(losses));
}

}  // namespace

TrainedRun train_and_evaluate(const Config& config, const std::string& name,
                              bool accept_changed_data) {
  const Compute compute = compute_of(config);
  const bool continues = newest_checkpoint(config.output.text).has_value();
  Experiment experiment(continues ? on_split_of(config.output.text, config) : config);
  require_trainable(config, experiment, compute, continues);
  const RunFolder run(config, name);
  if (continues != run.begun().has_value())
    fail("{}: another process was at work here until now; try again", run.path().string());
  if (config.output.empty())
    log::info("{}: the run's folder; with --output {} it goes on if it is stopped",
              run.path().string(), run.path().string());
  check_sources(experiment, config.prep);
  experiment.build_cache();
  check_data_record(run.path(), experiment, !continues, accept_changed_data);
  run.write_config(config);
  run.write_split(split_json(experiment.split()));
  warn_of_twins(experiment);
  warn_of_crop_loss(experiment, config.prep.crop);
  const TrainingState state = train(config, experiment, run, compute);
  const bool selected = best_of(state.history) != nullptr;
  if (!selected) log::warn("the split has no validation cases: the last checkpoint is evaluated");
  std::filesystem::path picture;
  const auto draw = [&](const EvaluatedCase& c) {
    picture = write_case_picture(run.path(), c.prepared, c.labels);
  };
  const Evaluation evaluation =
      evaluate_run(run.path(), {.checkpoint = run.checkpoint(selected ? "best" : "last")}, config,
                   experiment, compute, draw);
  return {run.path(), picture, evaluation};
}

}  // namespace seg
