#include "training/trainer.h"

#include "core/boundary.h"
#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/signals.h"
#include "core/stopwatch.h"
#include "evaluation/evaluate.h"
#include "loader/loader.h"
#include "loss/loss.h"
#include "models/weights.h"
#include "run/run_network.h"
#include "training/end_of_run.h"
#include "training/fused_adam.h"
#include "training/running_loss.h"
#include "training/schedule.h"
#include "training/upload.h"
#include "training/weight_average.h"

namespace seg {
namespace {

// Of an epoch, over all the processes that worked on it; and the time since the last checkpoint.
class EpochClock {
 public:
  explicit EpochClock(double seconds_before) : before_(seconds_before) {}
  double seconds() const { return before_ + begun_.seconds(); }

  // Whether `minutes` (0: never) have passed since the last true.
  bool minutes_passed(double minutes) {
    if (minutes <= 0 || saved_.seconds() < minutes * 60) return false;
    saved_ = {};
    return true;
  }

 private:
  double before_;
  Stopwatch begun_, saved_;
};

// Everything that training changes.
struct Trainer {
  const Config& config;
  const Experiment& experiment;
  const RunFolder& run;
  const Compute& compute;
  std::shared_ptr<Network> network;
  torch::optim::Adam optimiser;
  std::optional<WeightAverage> average;
  TrainingState state;
  std::int64_t saved_step = -1;

  Trainer(const Config& config_, const Experiment& experiment_, const RunFolder& run_,
          const Compute& compute_)
      : config(config_),
        experiment(experiment_),
        run(run_),
        compute(compute_),
        network(network_for(config, experiment, compute)),
        optimiser(network->parameters(), torch::optim::AdamOptions(config.training.learning_rate)
                                             .weight_decay(config.training.weight_decay)) {
    state.model = model_signature(config, experiment);
    state.run = run.id();
  }

  void start_average() {
    if (config.training.average > 0)
      average.emplace(network_for(config, experiment, compute), *network, config.training.average);
  }
  const Network* averaged() { return average ? &average->network() : nullptr; }

  void begin() {
    load_initial_weights(config.model, *network);
    start_average();
  }

  bool finished() const { return seg::finished(config.training, state); }
  bool with_validation() const { return !experiment.part(SplitPart::validation).empty(); }

  void resume(const std::filesystem::path& from) {
    load_weights_to_train_on(from, state.model, *network, config.training.average > 0);
    start_average();
    if (average) load_weights_to_evaluate(from, state.model, average->network());
    load_optimiser(from, *network, optimiser);
    state = load_training_state(from);
    saved_step = state.step;
    log::info("continuing from step {} (epoch {})", state.step, state.epoch + 1);
    move_end(config.training, with_validation(), state);
    record();
  }

  torch::Tensor step(Batch& batch) {
    torch::manual_seed(static_cast<std::uint64_t>(config.training.seed * 1000003 +
                                                  state.step));  // dropout: the same after a resume
    network->train();
    optimiser.zero_grad();
    apply_augmentation(batch);
    torch::Tensor logits;
    {
      const AutocastScope autocast(compute);
      logits = network->forward(to_device(batch.image, compute));
    }
    const torch::Tensor value = loss(logits, batch.label, config.loss);
    value.backward();
    fused_step(optimiser);
    ++state.step;
    ++state.step_in_epoch;
    if (average) average->update(*network, state.step);
    return value.detach();
  }

  // Of the whole run.
  std::int64_t all_steps(std::int64_t steps_per_epoch) const {
    const std::int64_t steps = config.training.epochs * steps_per_epoch;
    return config.training.max_steps > 0 ? std::min(steps, config.training.max_steps) : steps;
  }

  std::string note(const std::string& loss_so_far) const {
    const std::string place = fmt::format("epoch {}/{}", state.epoch + 1, config.training.epochs);
    return loss_so_far.empty() ? place : place + ", " + loss_so_far;
  }

  // The weights of a step are written once: what else became known of it, record() adds.
  void save() {
    if (saved_step != state.step)
      run.save(*network, averaged(), optimiser, state, {config, task_of(experiment.dataset())});
    saved_step = state.step;
  }
  void record() const {
    run.record(state, experiment.regions(), best_step_beyond(config.training, state));
  }

  // Trains the epoch under way to its end, to max_steps or to a stop signal, and saves it: what
  // comes after may be killed.
  void epoch(Upload& upload, std::int64_t steps_per_epoch, Progress& progress) {
    const double rate = learning_rate_at(config.training, state.epoch);
    static_cast<torch::optim::AdamOptions&>(optimiser.param_groups()[0].options()).lr(rate);
    RunningLoss running(state.loss_sum, compute.device);
    EpochClock watch(state.seconds);
    upload.start(state.epoch, state.step_in_epoch);
    while (!finished() && !stop_requested()) {
      std::optional<Batch> batch = upload.next();
      if (!batch) break;
      const torch::Tensor value = step(*batch);
      running.add(value, state.step, batch->ids);
      progress.advance(1, note(running.note(state.step_in_epoch)));
      at_boundary("step");
      const bool within = state.step_in_epoch < steps_per_epoch && !finished();
      if (!within || !watch.minutes_passed(config.training.checkpoint_minutes)) continue;
      state.loss_sum = running.sum();
      state.seconds = watch.seconds();
      save();
      record();
    }
    state.loss_sum = running.sum();
    state.seconds = watch.seconds();
    end_epoch(state.step_in_epoch >= steps_per_epoch);
    save();
    record();
  }

  // Its record; a stopped epoch has none, for it goes on after a resume.
  void end_epoch(bool whole) {
    if (!whole && !finished()) return;
    state.history.push_back(record_of_epoch(config.training, state));
    if (whole) {
      ++state.epoch;
      state.step_in_epoch = 0;
      state.loss_sum = 0;
      state.seconds = 0;
    }
    state.validation_due = validates(config.training, state) && with_validation();
  }

  // The validation DSC of the newest record, on weights that were saved.
  void validate() {
    const MetricTable table =
        evaluate(average ? average->network() : *network, experiment,
                 experiment.part(SplitPart::validation), "validation", config, compute);
    EpochRecord& newest = state.history.back();
    for (std::size_t k = 0; k < table.regions.size(); ++k) newest.dsc.push_back(table.mean(k));
    newest.mean_dsc = table.overall();
    state.validation_due = false;
    at_boundary("validated");
  }

  void report() const {
    const EpochRecord& newest = state.history.back();
    log::info("{}", record_text(newest, best_of(state.history) == &newest, experiment.regions()));
  }
};

}  // namespace

TrainingState train(const Config& config, const Experiment& experiment, const RunFolder& run,
                    const Compute& compute) {
  Trainer t(config, experiment, run, compute);
  if (run.begun())
    t.resume(*run.begun());
  else
    t.begin();
  Loader loader = make_loader(config, experiment.dataset().labels.classes, experiment.cache(),
                              experiment.part(SplitPart::train), compute.device.is_cuda());
  if (t.state.step_in_epoch > loader.steps_per_epoch())
    fail("{}: stands at step {} of an epoch of {}; the data or the checkpoint was changed",
         run.checkpoint("last").string(), t.state.step_in_epoch, loader.steps_per_epoch());
  std::int64_t parameters = 0;
  for (const torch::Tensor& p : t.network->parameters()) parameters += p.numel();
  log::info("{} with {} parameters, {}, {}; {} steps per epoch", t.state.model, parameters,
            word_of(config.loss.name), compute.text(), loader.steps_per_epoch());

  Upload upload(loader, compute.device);
  Progress progress("training", "steps", t.all_steps(loader.steps_per_epoch()), t.state.step);
  while (t.state.validation_due || !t.finished()) {
    if (!t.state.validation_due) t.epoch(upload, loader.steps_per_epoch(), progress);
    throw_if_stopped();
    if (t.state.validation_due) {
      t.validate();
      t.record();
    }
    t.report();
  }
  return t.state;
}

}  // namespace seg
