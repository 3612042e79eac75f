#pragma once
// Where a run ends, which a later command may move: training.epochs and training.max_steps.
#include "config/training_config.h"
#include "run/training_state.h"

namespace seg {

bool finished(const TrainingConfig& config, const TrainingState& state);

// Whether the newest record is to be validated: every training.validate_every epochs, and at the
// end.
bool validates(const TrainingConfig& config, const TrainingState& state);

// The record of the epoch under way, or just finished.
EpochRecord record_of_epoch(const TrainingConfig& config, const TrainingState& state);

// From the state that a run was left in to that of a run whose end was always where `config` has
// it: a run that ended earlier forgets the record of a part of an epoch and a validation out of
// turn; one that ends here gets them. with_validation: the split has validation cases.
void move_end(const TrainingConfig& config, bool with_validation, TrainingState& state);

// The best step if the run goes on beyond this end, whose checkpoint it then needs; -1: none.
std::int64_t best_step_beyond(const TrainingConfig& config, TrainingState state);

}  // namespace seg
