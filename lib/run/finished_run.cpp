#include "run/finished_run.h"

#include "core/error.h"
#include "core/log.h"
#include "run/checkpoints.h"

namespace seg {
namespace fs = std::filesystem;

Config on_split_of(const fs::path& run, Config config) {
  config.data.split = {};
  config.data.split.file.text = fs::absolute(run / "split.json").string();
  return config;
}

FinishedRun::FinishedRun(fs::path path) : path_(std::move(path)) {
  if (!fs::is_regular_file(path_ / "config.yaml"))
    fail("{}: is no run folder (it holds no config.yaml); name a folder that segtrain wrote",
         path_.string());
}

Config FinishedRun::config(const std::vector<std::string>& overrides) const {
  return on_split_of(path_, load_config((path_ / "config.yaml").string(), overrides));
}

fs::path FinishedRun::checkpoint(const std::string& name) const {
  const fs::path all = path_ / "checkpoints";
  if (fs::exists(all / name)) return all / name;
  return name == "best" ? best() : fs::path(name);
}

// Without the link.
fs::path FinishedRun::best() const {
  const fs::path all = path_ / "checkpoints", last = all / "last";
  if (!fs::exists(last))
    fail("{}: holds neither best nor last; name a folder with --checkpoint", all.string());
  const TrainingState state = load_training_state(last);
  const EpochRecord* record = best_of(state.history);
  if (!record) {
    log::warn("{}: nothing was validated, so there is no best checkpoint: the last one is taken",
              path_.string());
    return last;
  }
  const fs::path place = Checkpoints(all, state.run).at(record->step);
  if (!fs::exists(place))
    fail("{}: the best checkpoint is missing; bring it back, or name another with --checkpoint",
         place.string());
  return place;
}

}  // namespace seg
