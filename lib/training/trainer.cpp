#include "training/trainer.h"

#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/signals.h"
#include "evaluation/evaluate.h"
#include "loader/loader.h"
#include "loss/loss.h"
#include "models/weights.h"
#include "run/run_network.h"
#include "training/fused_adam.h"
#include "training/running_loss.h"
#include "training/schedule.h"
#include "training/upload.h"
#include "training/weight_average.h"

#include <chrono>

namespace seg {
namespace {

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

  bool steps_spent() const {
    return config.training.max_steps > 0 && state.step >= config.training.max_steps;
  }
  bool finished() const { return state.epoch >= config.training.epochs || steps_spent(); }

  void resume() {
    const auto last = run.checkpoint("last");
    load_weights_to_train_on(last, state.model, *network);
    start_average();
    if (average) load_weights_to_evaluate(last, state.model, average->network());
    load_optimiser(last, *network, optimiser);
    state = load_training_state(last);
    log::info("continuing from step {} (epoch {})", state.step, state.epoch + 1);
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

  // Trains the epoch under way to its end, to max_steps or to a stop signal.
  void epoch(Upload& upload, std::int64_t steps_per_epoch, Progress& progress) {
    const double rate = learning_rate_at(config.training, state.epoch);
    static_cast<torch::optim::AdamOptions&>(optimiser.param_groups()[0].options()).lr(rate);
    const auto begun = std::chrono::steady_clock::now();
    RunningLoss running(state.loss_sum, compute.device);
    upload.start(state.epoch, state.step_in_epoch);
    while (!steps_spent() && !stop_requested()) {
      std::optional<Batch> batch = upload.next();
      if (!batch) break;
      const torch::Tensor value = step(*batch);
      running.add(value, state.step, batch->ids);
      progress.advance(1, note(running.note(state.step_in_epoch)));
    }
    state.loss_sum = running.sum();
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    const std::int64_t steps = state.step_in_epoch;
    const bool whole = steps >= steps_per_epoch;
    if (!whole && !steps_spent()) return;  // interrupted: the epoch goes on after a resume
    const double mean = state.loss_sum / static_cast<double>(std::max<std::int64_t>(1, steps));
    state.history.push_back({state.epoch + 1, state.step, rate, mean, seconds});
    if (!whole) return;
    ++state.epoch;
    state.step_in_epoch = 0;
    state.loss_sum = 0;
  }

  bool validation_due() const {
    return finished() || state.epoch % config.training.validate_every == 0;
  }

  // The validation DSC of the newest record; true where it is the best so far (ties to the
  // earlier).
  bool validate() {
    const auto cases = experiment.part(SplitPart::validation);
    if (cases.empty()) return false;
    const DscTable table = evaluate(average ? average->network() : *network, experiment, cases,
                                    "validation", config, compute);
    EpochRecord& record = state.history.back();
    for (std::size_t k = 0; k < table.regions.size(); ++k) record.dsc.push_back(table.mean(k));
    record.mean_dsc = table.overall();
    if (record.mean_dsc <= state.best_dsc) return false;
    state.best_dsc = record.mean_dsc;
    state.best_step = state.step;
    return true;
  }

  void report() const {
    const EpochRecord& r = state.history.back();
    log::info("{}", record_text(r, state.best_step == r.step, experiment.regions()));
  }
};

}  // namespace

TrainingState train(const Config& config, const Experiment& experiment, const RunFolder& run,
                    const Compute& compute) {
  Trainer t(config, experiment, run, compute);
  if (run.has_checkpoint())
    t.resume();
  else
    t.begin();
  Loader loader = make_loader(config, experiment.dataset().labels.classes, experiment.cache(),
                              experiment.part(SplitPart::train), compute.device.is_cuda());
  std::int64_t parameters = 0;
  for (const torch::Tensor& p : t.network->parameters()) parameters += p.numel();
  log::info("{} with {} parameters, {}, {}; {} steps per epoch", t.state.model, parameters,
            word_of(config.loss.name), compute.text(), loader.steps_per_epoch());

  Upload upload(loader, compute.device);
  Progress progress("training", "steps", t.all_steps(loader.steps_per_epoch()), t.state.step);
  while (!t.finished()) {
    t.epoch(upload, loader.steps_per_epoch(), progress);
    if (stop_requested()) {
      run.save(*t.network, t.averaged(), t.optimiser, t.state, false);
      throw_if_stopped();
    }
    const bool best = t.validation_due() && t.validate();
    run.save(*t.network, t.averaged(), t.optimiser, t.state, best);
    run.write_metrics(t.state, experiment.regions());
    t.report();
  }
  return t.state;
}

}  // namespace seg
