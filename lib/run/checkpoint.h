#pragma once
// A checkpoint is a folder: weights.safetensors (parameters and buffers by name),
// optimiser.safetensors (Adam's moments by parameter name) and state.json (where the run stands).
// With training.average, weights.safetensors holds the average and trained.safetensors what
// training goes on from. RUN/checkpoints/step-N, with the links `best` and `last`.
#include "models/registry.h"

#include <torch/optim/adam.h>
#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

// One line of metrics.csv: an epoch, with its validation where there was one.
struct EpochRecord {
  std::int64_t epoch = 0, step = 0;
  double learning_rate = 0, loss = 0, seconds = 0;
  std::vector<double> dsc;  // per region, NaN where absent; empty: not validated
  double mean_dsc = -1;     // DscTable::overall; -1: not validated
};

struct TrainingState {
  std::int64_t epoch = 0;          // epochs finished
  std::int64_t step = 0;           // steps finished
  std::int64_t step_in_epoch = 0;  // steps finished of the epoch under way; 0 between epochs
  double loss_sum = 0;             // of the epoch under way
  double best_dsc = -1;
  std::int64_t best_step = -1;
  std::string
      model;  // model.name, channels and classes: a checkpoint of another model is refused by name
  std::vector<EpochRecord> history;
};

// average: the running average of the network's weights, or null.
void save_checkpoint(const std::filesystem::path& folder, const Network& network,
                     const Network* average, const torch::optim::Adam& optimiser,
                     const TrainingState& state);

TrainingState load_training_state(const std::filesystem::path& folder);
// `model` is what TrainingState::model must say. Throws Error(failure) that lists every tensor that
// does not fit.
void load_weights_to_evaluate(const std::filesystem::path& folder, const std::string& model,
                              Network& network);
// The weights that training goes on from; the average, if there is one, goes to
// load_weights_to_evaluate.
void load_weights_to_train_on(const std::filesystem::path& folder, const std::string& model,
                              Network& network);
void load_optimiser(const std::filesystem::path& folder, const Network& network,
                    torch::optim::Adam& optimiser);

}  // namespace seg
