#include "run/training_state.h"

#include "core/error.h"
#include "core/files.h"

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

}  // namespace

std::string state_json(const TrainingState& s) {
  json history = json::array();
  for (const EpochRecord& r : s.history) history.push_back(record_json(r));
  const json j = {{"model", s.model},         {"epoch", s.epoch},
                  {"step", s.step},           {"step_in_epoch", s.step_in_epoch},
                  {"loss_sum", s.loss_sum},   {"best_dsc", s.best_dsc},
                  {"best_step", s.best_step}, {"history", history}};
  return j.dump(1) + "\n";
}

TrainingState load_training_state(const fs::path& folder) {
  const fs::path file = folder / "state.json";
  if (!fs::is_regular_file(file))
    fail(
        "{}: is no checkpoint (it holds no state.json); name a run's checkpoints/best, "
        "checkpoints/last or checkpoints/step-N",
        folder.string());
  try {
    const json j = json::parse(read_file(file));
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
    fail("{}: is damaged ({}); use another checkpoint of the run", file.string(), e.what());
  }
}

}  // namespace seg
