#include "prediction/ensemble.h"

#include "core/error.h"

#include <set>

namespace seg {
namespace fs = std::filesystem;
namespace {

void require_same_labels(const TrainedModel& first, const TrainedModel& other) {
  const LabelMap &a = first.task.labels, &b = other.task.labels;
  if (a.classes != b.classes || a.to_file != b.to_file)
    fail_config("{} and {} were trained on different labels; name checkpoints of one data set",
                first.checkpoint.string(), other.checkpoint.string());
  if (first.task.channels != other.task.channels)
    fail_config("{} and {} were trained on different channels; name checkpoints of one data set",
                first.checkpoint.string(), other.checkpoint.string());
}

void require_same_preparation(const TrainedModel& first, const TrainedModel& other) {
  const auto a = key_values(first.config), b = key_values(other.config);  // in the same order
  for (std::size_t i = 0; i < a.size(); ++i)
    if (changes_labels(a[i]) && a[i].value != b[i].value)
      fail_config(
          "{} is {} in {}, but {} in {}: networks that predict together are shown the same "
          "windows; name others, or set one value with --set",
          a[i].key, a[i].value, first.checkpoint.string(), b[i].value, other.checkpoint.string());
}

}  // namespace

bool changes_labels(const KeyValue& key) {
  if (key.key.starts_with("inference.")) return key.affects == Affects::result;
  if (key.key.starts_with("prep."))
    return key.affects == Affects::voxels && key.key != "prep.label_interpolation" &&
           key.key != "prep.storage";
  static const std::set<std::string> others = {
      "training.patch", "training.precision",   "training.memory_format",
      "training.tf32",  "training.convolution", "augmentation.swap_labels"};
  return others.contains(key.key);
}

Ensemble read_ensemble(const std::vector<fs::path>& places,
                       const std::vector<std::string>& overrides) {
  Ensemble ensemble;
  for (const fs::path& place : places) {
    ensemble.models.push_back(read_trained_model(place, overrides));
    require_same_labels(ensemble.models[0], ensemble.models.back());
    require_same_preparation(ensemble.models[0], ensemble.models.back());
  }
  ensemble.compute = compute_of(ensemble.config());
  for (const TrainedModel& model : ensemble.models)
    ensemble.networks.push_back(network_of(model, ensemble.compute));
  return ensemble;
}

Predictor Ensemble::predictor() const {
  std::vector<Network*> all;
  for (const auto& network : networks) all.push_back(network.get());
  return {all, config(), task().labels.classes, compute};
}

}  // namespace seg
