#include "run/checkpoint.h"

#include "core/error.h"
#include "core/files.h"
#include "models/weights.h"
#include "tensor/safetensors.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

json number(double x) { return std::isfinite(x) ? json(x) : json(nullptr); }
double number(const json& j) { return j.is_null() ? std::nan("") : j.get<double>(); }

json record_json(const EpochRecord& r) {
  json dsc = json::array();
  for (const double d : r.dsc) dsc.push_back(number(d));
  return {{"epoch", r.epoch},       {"step", r.step},       {"learning_rate", r.learning_rate},
          {"loss", number(r.loss)}, {"seconds", r.seconds}, {"dsc", dsc},
          {"mean_dsc", r.mean_dsc}};
}

EpochRecord record_of(const json& j) {
  EpochRecord r;
  r.epoch = j.at("epoch");
  r.step = j.at("step");
  r.learning_rate = j.at("learning_rate");
  r.loss = number(j.at("loss"));
  r.seconds = j.at("seconds");
  r.mean_dsc = j.at("mean_dsc");
  for (const json& d : j.at("dsc")) r.dsc.push_back(number(d));
  return r;
}

std::string state_json(const TrainingState& s) {
  json history = json::array();
  for (const EpochRecord& r : s.history) history.push_back(record_json(r));
  const json j = {{"model", s.model},         {"epoch", s.epoch},
                  {"step", s.step},           {"step_in_epoch", s.step_in_epoch},
                  {"loss_sum", s.loss_sum},   {"best_dsc", s.best_dsc},
                  {"best_step", s.best_step}, {"history", history}};
  return j.dump(1) + "\n";
}

fs::path weights_file(const fs::path& folder) { return folder / "weights.safetensors"; }
fs::path trained_file(const fs::path& folder) { return folder / "trained.safetensors"; }
fs::path optimiser_file(const fs::path& folder) { return folder / "optimiser.safetensors"; }
fs::path state_file(const fs::path& folder) { return folder / "state.json"; }

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

}  // namespace

void save_checkpoint(const fs::path& folder, const Network& network, const Network* average,
                     const torch::optim::Adam& optimiser, const TrainingState& state) {
  write_folder(folder, [&](const fs::path& part) {
    write_safetensors(weights_file(part), state_dict(average ? *average : network),
                      {{"model", state.model}});
    if (average)
      write_safetensors(trained_file(part), state_dict(network), {{"model", state.model}});
    write_safetensors(optimiser_file(part), moments_of(network, optimiser));
    write_file(state_file(part), state_json(state));
  });
}

TrainingState load_training_state(const fs::path& folder) {
  if (!fs::is_regular_file(state_file(folder)))
    fail(
        "{}: is no checkpoint (it holds no state.json); name a run's checkpoints/best, "
        "checkpoints/last or checkpoints/step-N",
        folder.string());
  try {
    const json j = json::parse(read_file(state_file(folder)));
    TrainingState s;
    s.model = j.at("model");
    s.epoch = j.at("epoch");
    s.step = j.at("step");
    s.step_in_epoch = j.at("step_in_epoch");
    s.loss_sum = j.at("loss_sum");
    s.best_dsc = j.at("best_dsc");
    s.best_step = j.at("best_step");
    for (const json& r : j.at("history")) s.history.push_back(record_of(r));
    return s;
  } catch (const json::exception& e) {
    fail("{}: is damaged ({}); use another checkpoint of the run", state_file(folder).string(),
         e.what());
  }
}

namespace {

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

void load_weights_to_evaluate(const fs::path& folder, const std::string& model, Network& network) {
  load_from(weights_file(folder), folder, model, network);
}

void load_weights_to_train_on(const fs::path& folder, const std::string& model, Network& network) {
  load_from(fs::exists(trained_file(folder)) ? trained_file(folder) : weights_file(folder), folder,
            model, network);
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

}  // namespace seg
