#pragma once
// A checkpoint is a folder: weights.safetensors (parameters and buffers by name),
// optimiser.safetensors (Adam's moments by parameter name), state.json (where the run stands), and
// what the network is and segments: config.yaml and task.json, which older releases did not write.
// With training.average, weights.safetensors holds the average and trained.safetensors what
// training goes on from. RUN/checkpoints/step-N, with the links `best` and `last`.
#include "config/config.h"
#include "data/task.h"
#include "models/registry.h"
#include "run/training_state.h"

#include <torch/optim/adam.h>

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

// What a checkpoint tells of its network, so that it serves where its run and its data are not.
struct TrainedAs {
  Config config;
  Task task;
};

// average: the running average of the network's weights, or null.
void save_checkpoint(const std::filesystem::path& folder, const Network& network,
                     const Network* average, const torch::optim::Adam& optimiser,
                     const TrainingState& state, const TrainedAs& as);

// config.yaml of a checkpoint or of its run, for use anywhere: data.split and every path, which
// mean something on the machine that trained, are empty unless the overrides set them.
Config trained_config(const std::filesystem::path& file,
                      const std::vector<std::string>& overrides = {});

// `model` is what TrainingState::model must say. Throws Error(failure) that lists every tensor that
// does not fit.
void load_weights_to_evaluate(const std::filesystem::path& folder, const std::string& model,
                              Network& network);
// The weights that training goes on from. averaged: the run keeps an average, which goes to
// load_weights_to_evaluate.
void load_weights_to_train_on(const std::filesystem::path& folder, const std::string& model,
                              Network& network, bool averaged);
void load_optimiser(const std::filesystem::path& folder, const Network& network,
                    torch::optim::Adam& optimiser);

// Whether every file of the checkpoint is there and can be read to its end.
bool is_whole(const std::filesystem::path& folder);

}  // namespace seg
