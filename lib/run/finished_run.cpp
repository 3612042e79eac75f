#include "run/finished_run.h"

#include "core/error.h"

namespace seg {
namespace fs = std::filesystem;

FinishedRun::FinishedRun(fs::path path) : path_(std::move(path)) {
  if (!fs::is_regular_file(path_ / "config.yaml"))
    fail("{}: is no run folder (it holds no config.yaml); name a folder that segtrain wrote",
         path_.string());
}

Config FinishedRun::config(const std::vector<std::string>& overrides) const {
  Config config = load_config((path_ / "config.yaml").string(), overrides);
  config.data.split = {};
  config.data.split.file.text = fs::absolute(path_ / "split.json").string();
  return config;
}

fs::path FinishedRun::checkpoint(const std::string& name) const {
  const fs::path all = path_ / "checkpoints";
  if (fs::exists(all / name)) return all / name;
  return name == "best" ? all / "last" : fs::path(name);
}

}  // namespace seg
