#include "training/end_of_run.h"

#include "support/catch.h"

namespace seg {
namespace {

// Two epochs of 10 steps, the first with a validation of .4, validated every `every` epochs.
TrainingConfig config_of(std::int64_t epochs, std::int64_t max_steps, std::int64_t every) {
  TrainingConfig config;
  config.epochs = epochs;
  config.max_steps = max_steps;
  config.validate_every = every;
  return config;
}

EpochRecord record(std::int64_t epoch, std::int64_t step, double dsc) {
  EpochRecord r{.epoch = epoch, .step = step};
  if (dsc >= 0) r.dsc = {dsc};
  r.mean_dsc = dsc;
  return r;
}

}  // namespace

TEST_CASE("a run that ended within an epoch forgets that when it goes on", "[training]") {
  TrainingState state{.epoch = 1, .step = 13, .step_in_epoch = 3, .loss_sum = 1.5};
  state.history = {record(1, 10, .4), record(2, 13, .6)};
  CHECK(best_step_beyond(config_of(9, 13, 1), state) == 10);  // its checkpoint is kept meanwhile
  move_end(config_of(9, 13, 1), true, state);
  CHECK(best_of(state.history)->step == 13);  // the same end: nothing changes
  CHECK_FALSE(state.validation_due);
  move_end(config_of(9, 15, 1), true, state);
  REQUIRE(state.history.size() == 1);
  CHECK(best_of(state.history)->step == 10);
  CHECK(state.step_in_epoch == 3);
  CHECK(state.loss_sum == 1.5);
}

TEST_CASE("a validation that was out of turn is forgotten when the run goes on", "[training]") {
  TrainingState state{.epoch = 3, .step = 30};
  state.history = {record(1, 10, -1), record(2, 20, .4), record(3, 30, .6)};
  CHECK(best_step_beyond(config_of(3, 0, 2), state) == 20);
  TrainingState longer = state, in_turn = state;
  move_end(config_of(4, 0, 2), true, longer);
  CHECK(longer.history.size() == 3);
  CHECK(longer.history.back().dsc.empty());
  CHECK(best_of(longer.history)->step == 20);
  move_end(config_of(4, 0, 3), true, in_turn);
  CHECK(best_of(in_turn.history)->step == 30);
}

TEST_CASE("a run that is cut short gets the record and the validation of its end", "[training]") {
  TrainingState within{.epoch = 1, .step = 13, .step_in_epoch = 3, .loss_sum = 1.5};
  within.history = {record(1, 10, .4)};
  TrainingState between{.epoch = 1, .step = 10};
  between.history = {record(1, 10, -1)};
  TrainingState unvalidated = within;
  move_end(config_of(9, 12, 1), true, within);
  REQUIRE(within.history.size() == 2);
  CHECK(within.history.back().loss == .5);
  CHECK(within.history.back().epoch == 2);
  CHECK(within.validation_due);
  move_end(config_of(1, 0, 5), true, between);
  CHECK(between.validation_due);
  move_end(config_of(9, 12, 1), false, unvalidated);
  CHECK_FALSE(unvalidated.validation_due);
}

TEST_CASE("a validation that is due stays due, unless the run goes on out of turn", "[training]") {
  TrainingState state{.epoch = 1, .step = 10, .validation_due = true};
  state.history = {record(1, 10, -1)};
  for (const auto& [epochs, every, due] :
       {std::tuple{1, 1, true}, {2, 1, true}, {1, 2, true}, {2, 2, false}}) {
    TrainingState moved = state;
    move_end(config_of(epochs, 0, every), true, moved);
    CHECK(moved.validation_due == due);
  }
}

}  // namespace seg
