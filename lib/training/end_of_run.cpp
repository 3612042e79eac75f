#include "training/end_of_run.h"

#include "training/schedule.h"

#include <limits>

namespace seg {
namespace {

bool steps_spent(const TrainingConfig& config, const TrainingState& state) {
  return config.max_steps > 0 && state.step >= config.max_steps;
}

// training.max_steps ended the run within an epoch, which has its record.
bool has_partial_record(const TrainingState& state) {
  return static_cast<std::int64_t>(state.history.size()) > state.epoch;
}

void forget_end(const TrainingConfig& config, TrainingState& state) {
  const bool in_turn = state.epoch % config.validate_every == 0;
  if (has_partial_record(state)) {
    state.history.pop_back();
    state.validation_due = false;
  } else if (!in_turn && !state.history.empty()) {
    state.history.back().dsc.clear();
    state.history.back().mean_dsc = -1;
    state.validation_due = false;
  }
}

}  // namespace

bool finished(const TrainingConfig& config, const TrainingState& state) {
  return state.epoch >= config.epochs || steps_spent(config, state);
}

bool validates(const TrainingConfig& config, const TrainingState& state) {
  return finished(config, state) || state.epoch % config.validate_every == 0;
}

EpochRecord record_of_epoch(const TrainingConfig& config, const TrainingState& state) {
  return {.epoch = state.epoch + 1,
          .step = state.step,
          .learning_rate = learning_rate_at(config, state.epoch),
          .loss = state.loss_sum / static_cast<double>(state.step_in_epoch),
          .seconds = state.seconds};
}

void move_end(const TrainingConfig& config, bool with_validation, TrainingState& state) {
  if (!finished(config, state)) return forget_end(config, state);
  if (state.step_in_epoch > 0 && !has_partial_record(state))
    state.history.push_back(record_of_epoch(config, state));
  state.validation_due =
      with_validation && !state.history.empty() && state.history.back().dsc.empty();
}

std::int64_t best_step_beyond(const TrainingConfig& config, TrainingState state) {
  TrainingConfig endless = config;
  endless.epochs = std::numeric_limits<std::int64_t>::max();
  endless.max_steps = 0;
  move_end(endless, true, state);
  const EpochRecord* best = best_of(state.history);
  return best ? best->step : -1;
}

}  // namespace seg
