#include "run/trained_model.h"

#include "core/error.h"
#include "core/ignore.h"
#include "core/json.h"
#include "data/comma_list.h"
#include "data/layouts.h"
#include "run/checkpoint.h"
#include "run/finished_run.h"
#include "run/run_network.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

// The checkpoint that `place` is, or whose run it is; a run under way may point its links elsewhere
// meanwhile.
fs::path checkpoint_at(const fs::path& place) {
  if (!fs::exists(place)) fail("{}: does not exist; correct the path", place.string());
  if (fs::is_regular_file(place / "state.json")) return fs::canonical(place);
  if (fs::is_directory(place / "checkpoints"))
    return fs::canonical(FinishedRun(place).checkpoint("best"));
  fail(
      "{}: is neither a run's folder nor a checkpoint (it holds neither checkpoints nor "
      "state.json); name a folder that segtrain wrote, or one of its checkpoints/step-N",
      place.string());
}

// The labels of data.json: [value, class index, class name], by value.
LabelMap recorded_labels(const json& list) {
  LabelMap labels;
  for (const json& item : list) {
    const int value = item.at(0), index = item.at(1);
    if (value < 0 || index < 0 || index > kIgnore) throw std::out_of_range("a label");
    labels.to_class[value] = static_cast<std::uint8_t>(index);
    if (index == kIgnore) continue;
    const auto k = static_cast<std::size_t>(index);
    if (k >= labels.classes.size()) {
      labels.classes.resize(k + 1);
      labels.to_file.resize(k + 1, -1);
    }
    labels.classes[k] = item.at(2);
    if (labels.to_file[k] < 0) labels.to_file[k] = value;
  }
  if (std::find(labels.to_file.begin(), labels.to_file.end(), -1) != labels.to_file.end() ||
      labels.classes.size() < 2)
    throw std::out_of_range("a class without a label");
  return labels;
}

// What the run's record of its data tells. Which value of a class is written, only data.labels
// tells.
Task recorded_task(const fs::path& file, const Config& config) {
  const json j = read_json(file, ErrorKind::failure);
  Task task;
  try {
    task.channels = j.at("channels").get<std::vector<std::string>>();
    task.labels = recorded_labels(j.at("labels"));
  } catch (const std::exception&) {
    fail("{}: is damaged; use a checkpoint that holds task.json", file.string());
  }
  for (std::size_t k = 0; k < task.channels.size(); ++k)
    task.numbers.push_back(static_cast<int>(k));
  if (!config.data.labels.empty()) task.labels = label_map(config.data.labels);
  return task;
}

// The run around an old checkpoint, by its id: another's would give it wrong labels.
bool is_run_of(const fs::path& run, const TrainingState& state) {
  if (!fs::is_regular_file(run / "run.json")) return false;
  const json j = read_json(run / "run.json", ErrorKind::failure);
  return j.is_object() && j.contains("run") && j["run"] == state.run;
}

// A file of the checkpoint or, of an old checkpoint, of its run.
fs::path description(const fs::path& checkpoint, const TrainingState& state, const char* own,
                     const char* of_run) {
  if (fs::exists(checkpoint / own)) return checkpoint / own;
  const fs::path run = checkpoint.parent_path().parent_path();
  if (is_run_of(run, state) && fs::exists(run / of_run)) return run / of_run;
  fail(
      "{}: holds no {}, and does not lie in the folder of its run, whose {} would do; copy the "
      "run's whole folder, or train with this release",
      checkpoint.string(), own, of_run);
}

std::vector<std::string> names_of(const Pairs& channels) {
  std::vector<std::string> names;
  for (const auto& channel : channels) names.push_back(channel.first);
  return names;
}

void refuse_another_task(const DataConfig& trained, const DataConfig& now, const Task& task) {
  if (now.labels != trained.labels)
    fail_config("--set data.labels: the network has the labels it was trained with; leave it out");
  if (now.channels != trained.channels && names_of(now.channels) != task.channels)
    fail_config(
        "--set data.channels: the network was trained with {}, in this order; name the same, with "
        "the endings of their files",
        comma_list(task.channels));
}

}  // namespace

TrainedModel read_trained_model(const fs::path& place, const std::vector<std::string>& overrides) {
  TrainedModel model;
  model.checkpoint = checkpoint_at(place);
  const TrainingState state = load_training_state(model.checkpoint);
  model.step = state.step;
  const fs::path file = description(model.checkpoint, state, "config.yaml", "config.yaml");
  const fs::path task = description(model.checkpoint, state, "task.json", "data.json");
  const Config trained = trained_config(file);
  model.config = trained_config(file, overrides);
  model.task = task.filename() == "task.json" ? read_task(task) : recorded_task(task, trained);
  refuse_another_task(trained.data, model.config.data, model.task);
  return model;
}

std::shared_ptr<Network> network_of(const TrainedModel& model, const Compute& compute) {
  const auto channels = static_cast<std::int64_t>(model.task.channels.size());
  const std::int64_t classes = model.task.labels.count();
  auto network = network_for(model.config, channels, classes, compute);
  load_weights_to_evaluate(model.checkpoint, signature_of(model.config.model, channels, classes),
                           *network);
  network->eval();
  return network;
}

}  // namespace seg
