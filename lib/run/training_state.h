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
  double best_dsc = -1;
  std::int64_t best_step = -1;
  std::string model = {};  // model_signature: a checkpoint of another network is refused by name
  std::vector<EpochRecord> history = {};
};

std::string state_json(const TrainingState& state);

// Of a checkpoint's folder. Throws Error(failure) where it is none, or damaged.
TrainingState load_training_state(const std::filesystem::path& folder);

}  // namespace seg
