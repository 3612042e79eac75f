#pragma once
// Trained networks that predict together.
#include "inference/compute.h"
#include "inference/predictor.h"
#include "run/trained_model.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace seg {

struct Ensemble {
  std::vector<TrainedModel> models;
  std::vector<std::shared_ptr<Network>> networks;
  Compute compute = {};

  const Task& task() const { return models[0].task; }
  const Config& config() const { return models[0].config; }
  Predictor predictor() const;
};

// Whether a key of the configuration changes what given weights make of an image: how it is
// prepared and slid over, and the arithmetic.
bool changes_labels(const KeyValue& key);

// places: one or more, as read_trained_model takes them. Throws Error(config) where they differ in
// what must be the same: channels, labels, how a volume is prepared, and the sliding window.
Ensemble read_ensemble(const std::vector<std::filesystem::path>& places,
                       const std::vector<std::string>& overrides);

}  // namespace seg
