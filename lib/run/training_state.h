#pragma once
// Where a run stands: state.json of a checkpoint.
#include "report/history.h"

#include <filesystem>

namespace seg {

struct TrainingState {
  std::int64_t epoch = 0;          // epochs finished
  std::int64_t step = 0;           // steps finished
  std::int64_t step_in_epoch = 0;  // steps finished of the epoch under way; 0 between epochs
  double loss_sum = 0;             // of the epoch under way
  double seconds = 0;              // likewise
  bool validation_due = false;     // the newest record is trained and still to be validated
  std::string model = {};  // model_signature: a checkpoint of another network is refused by name
  std::string run = {};    // RunFolder::id
  // One record per finished epoch; one more where training.max_steps ended the run within an epoch.
  std::vector<EpochRecord> history = {};
};

std::string state_json(const TrainingState& state);

// Of a checkpoint's folder. Throws Error(failure) where it is none, or damaged, or holds numbers
// that no run has.
TrainingState load_training_state(const std::filesystem::path& folder);

}  // namespace seg
