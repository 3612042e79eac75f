#pragma once
// A trained network with all that is needed to use it, without its run and its data.
#include "data/task.h"
#include "inference/compute.h"
#include "models/network.h"

namespace seg {

struct TrainedModel {
  std::filesystem::path checkpoint;  // the folder itself, no link
  // As the network was trained, but for what only meant something there: data.root, data.split and
  // every other path are empty unless the overrides set them.
  Config config;
  Task task;
  std::int64_t step;
};

// place: a run's folder (its best checkpoint, as FinishedRun has it) or a checkpoint's, wherever it
// lies. A checkpoint of a release that did not write config.yaml and task.json into it is described
// by its run, two folders up. overrides: "a.b=value". Throws Error(failure) where the place is
// neither or is damaged; Error(config) for overrides that give the network other channels or
// labels.
TrainedModel read_trained_model(const std::filesystem::path& place,
                                const std::vector<std::string>& overrides = {});

// The network with its weights (the average where there is one), on its device, in evaluation mode.
// Throws as load_weights_to_evaluate.
std::shared_ptr<Network> network_of(const TrainedModel& model, const Compute& compute);

}  // namespace seg
