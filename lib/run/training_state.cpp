#include "run/training_state.h"

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>

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

constexpr std::int64_t most = std::int64_t{1} << 53;  // epochs or steps: whole as JSON's numbers

// A whole number of lowest .. highest; JSON's library would cut off fractions and overflow.
std::int64_t whole(const json& j, const char* key, std::int64_t lowest, std::int64_t highest) {
  const json& value = j.at(key);
  if (value.is_number_integer() && value >= lowest && value <= highest) return value;
  throw std::out_of_range(fmt::format("{} is {}, not a whole number from {} to {}", key,
                                      value.dump(), lowest, highest));
}

// A number of lowest .. highest, or NaN where `absent` allows null.
double real(const json& j, const char* key, double lowest, double highest, bool absent = false) {
  const double value = number(j.at(key));
  if ((value >= lowest && value <= highest) || (absent && std::isnan(value))) return value;
  throw std::out_of_range(
      fmt::format("{} is {}, not a number from {} to {}", key, j.at(key).dump(), lowest, highest));
}

constexpr double any = std::numeric_limits<double>::max();

EpochRecord record_of(const json& j) {
  EpochRecord r;
  r.epoch = whole(j, "epoch", 1, most);
  r.step = whole(j, "step", 0, most);
  r.learning_rate = real(j, "learning_rate", 0, any);
  r.loss = real(j, "loss", -any, any, true);
  r.seconds = real(j, "seconds", 0, any);
  r.mean_dsc = real(j, "mean_dsc", -1, 1);
  for (const json& d : j.at("dsc")) {
    const double value = number(d);
    if (value < 0 || value > 1) throw std::out_of_range("a DSC is not within 0 and 1");
    r.dsc.push_back(value);
  }
  return r;
}

TrainingState state_of(const json& j) {
  TrainingState s;
  s.model = j.at("model");
  s.run = j.at("run");
  s.epoch = whole(j, "epoch", 0, most);
  s.step = whole(j, "step", 0, most);
  s.step_in_epoch = whole(j, "step_in_epoch", 0, s.step);
  s.loss_sum = real(j, "loss_sum", -any, any);
  s.seconds = real(j, "seconds", 0, any);
  s.validation_due = j.at("validation_due");
  for (const json& r : j.at("history")) s.history.push_back(record_of(r));
  const auto records = static_cast<std::int64_t>(s.history.size());
  if (records < s.epoch || records > s.epoch + 1 || (s.validation_due && records == 0))
    throw std::out_of_range(
        fmt::format("{} epochs are finished, but {} recorded", s.epoch, records));
  return s;
}

}  // namespace

std::string state_json(const TrainingState& s) {
  json history = json::array();
  for (const EpochRecord& r : s.history) history.push_back(record_json(r));
  const json j = {{"model", s.model},       {"run", s.run},
                  {"epoch", s.epoch},       {"step", s.step},
                  {"loss_sum", s.loss_sum}, {"step_in_epoch", s.step_in_epoch},
                  {"seconds", s.seconds},   {"validation_due", s.validation_due},
                  {"history", history}};
  return j.dump(1) + "\n";
}

TrainingState load_training_state(const fs::path& folder) {
  const fs::path file = folder / "state.json";
  if (!fs::is_regular_file(file))
    fail(
        "{}: is no checkpoint (it holds no state.json); name a run's checkpoints/best, "
        "checkpoints/last or checkpoints/step-N",
        folder.string());
  const std::string text = read_file(file);
  try {
    return state_of(parse_json(text, file.string(), ErrorKind::failure));
  } catch (const Error&) {
    fail("{}: is damaged (it is not valid JSON); use another checkpoint of the run", file.string());
  } catch (const json::exception&) {
    fail(
        "{}: is damaged (a value is missing or of another kind); use another checkpoint of the run",
        file.string());
  } catch (const std::out_of_range& e) {
    fail("{}: is damaged ({}); use another checkpoint of the run", file.string(), e.what());
  }
}

}  // namespace seg
