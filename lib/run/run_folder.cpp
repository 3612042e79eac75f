#include "run/run_folder.h"

#include "core/boundary.h"
#include "core/error.h"
#include "core/files.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/log.h"
#include "run/differences.h"

#include <nlohmann/json.hpp>

#include <ctime>
#include <random>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

std::string timestamp() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &local);
  return text;
}

// runs/NAME-DATE-TIME, made now and by nobody else.
fs::path new_folder(const std::string& name) {
  const std::string first = name + "-" + timestamp();
  make_folder("runs");
  for (int i = 1;; ++i) {
    const fs::path folder = fs::path("runs") / (i == 1 ? first : fmt::format("{}-{}", first, i));
    std::error_code error;
    if (fs::create_directory(folder, error)) return folder;
    if (error) make_folder(folder);  // throws, with what to do
  }
}

std::string new_id() {
  std::random_device random;
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += std::to_string(random()) + " ";
  return hash_text(bytes + timestamp());
}

// What a folder holds beside what a process left that died while it began.
bool holds_something(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name != FolderLock::file_name && !name.starts_with(".part-")) return true;
  }
  return false;
}

// The id of the run whose folder this is; Error(failure) where run.json is damaged.
std::string id_in(const fs::path& run) {
  const fs::path file = run / "run.json";
  const json j = read_json(file, ErrorKind::failure);
  if (!j.is_object() || !j.contains("run") || !j["run"].is_string())
    fail("{}: is damaged, so the run cannot go on; choose another --output", file.string());
  return j["run"];
}

}  // namespace

std::optional<fs::path> newest_checkpoint(const fs::path& run) {
  if (run.empty() || !fs::exists(run / "run.json")) return std::nullopt;
  return Checkpoints(run / "checkpoints", id_in(run)).newest();
}

RunFolder::RunFolder(const Config& config, const std::string& name)
    : path_(config.output.empty() ? new_folder(name) : fs::path(config.output.text)) {
  make_folder(path_);
  claim();
  if (begun_)
    continue_run(config);
  else if (fs::exists(path_ / "metrics.csv"))
    fail_config(
        "{}: holds the results of a run without a whole checkpoint to go on from; choose another "
        "--output, or remove the folder",
        path_.string());
}

void RunFolder::write_config(const Config& config) const {
  write_file(path_ / "config.yaml", config_yaml(config));
}

void RunFolder::refuse_strangers() const {
  if (fs::exists(path_ / "run.json") || !holds_something(path_)) return;
  fail_config(
      "{}: is not empty and holds no run of segtrain (no run.json); choose another --output, or an "
      "empty folder",
      path_.string());
}

// Takes the folder for this run, or refuses.
void RunFolder::claim() {
  refuse_strangers();  // before the lock's file is put there
  lock_ = std::make_unique<FolderLock>(path_);
  refuse_strangers();
  remove_stale_temporaries(path_);
  const fs::path mark = path_ / "run.json";
  if (!fs::exists(mark)) {
    const json j = {{"program", "segtrain"}, {"run", new_id()}, {"begun", timestamp()}};
    write_file(mark, j.dump(1) + "\n");
  }
  id_ = id_in(path_);
  log::to_file(path_ / "log.txt");
  checkpoints().bring_back();
  remove_stale_temporaries(path_ / "checkpoints");
  begun_ = checkpoints().newest();
}

void RunFolder::continue_run(const Config& config) {
  const Config before = load_config((path_ / "config.yaml").string());
  if (const std::string different = differences(before, config); !different.empty())
    fail_config(
        "{}: holds a run of another configuration: {}; choose another --output, or use the same "
        "values",
        path_.string(), different);
  const TrainingState state = load_training_state(*begun_);
  if (state.run != id_)
    fail("{}: is a checkpoint of another run; use this run's own, or choose another --output",
         begun_->string());
  if (begun_->filename() != "last")
    log::warn("{}: there is no checkpoints/last; the run goes on from its newest whole one, {}",
              path_.string(), begun_->filename().string());
  checkpoints().unfold_copied_links();
  if (!fs::exists(checkpoints().at(state.step)))
    fail("{}: holds step {} under another name; rename it to step-{}", begun_->string(), state.step,
         state.step);
  begun_ = checkpoints().at(state.step);
  checkpoints().point("last", state.step);
}

void RunFolder::write_split(const std::string& json) const {
  write_file(path_ / "split.json", json);
}

void RunFolder::save(const Network& network, const Network* average,
                     const torch::optim::Adam& optimiser, const TrainingState& state,
                     const TrainedAs& as) const {
  make_folder(path_ / "checkpoints");
  checkpoints().make_room(state.step);
  save_checkpoint(checkpoints().at(state.step), network, average, optimiser, state, as);
  checkpoints().point("last", state.step);
  at_boundary("saved");
}

void RunFolder::record(const TrainingState& state, const std::vector<Region>& regions,
                       std::int64_t kept) const {
  const EpochRecord* best = best_of(state.history);
  const std::int64_t best_step = best ? best->step : -1;
  write_file(checkpoints().at(state.step) / "state.json", state_json(state));
  checkpoints().point("best", best_step);
  write_file(path_ / "metrics.csv", metrics_csv(state.history, regions));
  checkpoints().remove_but({state.step, best_step, kept});
}

}  // namespace seg
