#include "run/checkpoint.h"

#include "core/error.h"
#include "core/files.h"
#include "models/weights.h"
#include "tensor/safetensors.h"

namespace seg {
namespace fs = std::filesystem;
namespace {

fs::path weights_file(const fs::path& folder) { return folder / "weights.safetensors"; }
fs::path trained_file(const fs::path& folder) { return folder / "trained.safetensors"; }
fs::path optimiser_file(const fs::path& folder) { return folder / "optimiser.safetensors"; }

// YAML's mark for the end of a document: a file that was cut off would otherwise read as one whose
// last keys have their defaults.
constexpr const char* document_end = "...\n";

void require_end(const fs::path& file) {
  if (!read_file(file).ends_with(std::string("\n") + document_end))
    fail("{}: is cut off (it does not end with '...'); copy the checkpoint anew", file.string());
}

// Adam's moments of each parameter, by name; `step` as a tensor of one number.
NamedTensors moments_of(const Network& network, const torch::optim::Adam& optimiser) {
  NamedTensors moments;
  for (const auto& item : network.named_parameters()) {
    const auto found = optimiser.state().find(item.value().unsafeGetTensorImpl());
    if (found == optimiser.state().end()) continue;
    const auto& s = static_cast<const torch::optim::AdamParamState&>(*found->second);
    moments.emplace_back(item.key() + ".step", torch::tensor(s.step(), torch::kInt64));
    moments.emplace_back(item.key() + ".exp_avg", s.exp_avg());
    moments.emplace_back(item.key() + ".exp_avg_sq", s.exp_avg_sq());
  }
  return moments;
}

void load_from(const fs::path& file, const fs::path& folder, const std::string& model,
               Network& network) {
  const TrainingState state = load_training_state(folder);
  if (state.model != model)
    fail(
        "{}: holds the network '{}', but the configuration makes '{}'; use the configuration the "
        "checkpoint was trained with",
        folder.string(), state.model, model);
  load_state_dict(network, read_safetensors(file), file.string());
}

}  // namespace

void save_checkpoint(const fs::path& folder, const Network& network, const Network* average,
                     const torch::optim::Adam& optimiser, const TrainingState& state,
                     const TrainedAs& as) {
  write_folder(folder, [&](const fs::path& part) {
    write_safetensors(weights_file(part), state_dict(average ? *average : network),
                      {{"model", state.model}});
    if (average)
      write_safetensors(trained_file(part), state_dict(network), {{"model", state.model}});
    write_safetensors(optimiser_file(part), moments_of(network, optimiser));
    write_file(part / "state.json", state_json(state));
    write_file(part / "config.yaml", config_yaml(as.config) + document_end);
    write_file(part / "task.json", task_json(as.task));
  });
}

Config trained_config(const fs::path& file, const std::vector<std::string>& overrides) {
  if (fs::exists(file.parent_path() / "state.json")) require_end(file);
  Config schema;
  Fields fields;
  schema.describe(fields);
  std::vector<std::string> all = {"data.split=~"};
  for (const Field& field : fields.list())
    if (field.type == type_name(Path())) all.push_back(field.key + "=~");
  all.insert(all.end(), overrides.begin(), overrides.end());
  return load_config(file.string(), all);
}

void load_weights_to_evaluate(const fs::path& folder, const std::string& model, Network& network) {
  load_from(weights_file(folder), folder, model, network);
}

void load_weights_to_train_on(const fs::path& folder, const std::string& model, Network& network,
                              bool averaged) {
  load_from(averaged ? trained_file(folder) : weights_file(folder), folder, model, network);
}

void load_optimiser(const fs::path& folder, const Network& network, torch::optim::Adam& optimiser) {
  const auto moments = read_safetensors(optimiser_file(folder));
  for (const auto& item : network.named_parameters()) {
    const auto step = moments.find(item.key() + ".step"),
               mean = moments.find(item.key() + ".exp_avg"),
               square = moments.find(item.key() + ".exp_avg_sq");
    if (step == moments.end()) continue;
    const torch::Tensor& p = item.value();
    if (mean == moments.end() || square == moments.end() || mean->second.sizes() != p.sizes() ||
        square->second.sizes() != p.sizes())
      fail("{}: the optimiser's state of '{}' does not fit the network; start a new run folder",
           optimiser_file(folder).string(), item.key());
    auto s = std::make_unique<torch::optim::AdamParamState>();
    s->step(step->second.item<std::int64_t>());
    s->exp_avg(torch::empty_like(p).copy_(mean->second));
    s->exp_avg_sq(torch::empty_like(p).copy_(square->second));
    optimiser.state()[p.unsafeGetTensorImpl()] = std::move(s);
  }
}

bool is_whole(const fs::path& folder) {
  try {
    load_training_state(folder);
    read_safetensors(weights_file(folder));
    read_safetensors(optimiser_file(folder));
    if (fs::exists(trained_file(folder))) read_safetensors(trained_file(folder));
    if (fs::exists(folder / "config.yaml")) trained_config(folder / "config.yaml");
    if (fs::exists(folder / "task.json")) read_task(folder / "task.json");
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace seg
