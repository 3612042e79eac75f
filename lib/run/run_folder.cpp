#include "run/run_folder.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"

#include <ctime>

namespace seg {
namespace fs = std::filesystem;
namespace {

std::string timestamp() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &local);
  return text;
}

// The keys that affect what a run is and differ between two configurations, with both values.
std::string differences(const Config& before, const Config& now) {
  const auto a = key_values(before), b = key_values(now);  // in the same order
  std::string text;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].affects != Affects::nothing && a[i].value != b[i].value)
      text += fmt::format("{}{} ({} there, {} now)", text.empty() ? "" : ", ", a[i].key, a[i].value,
                          b[i].value);
  return text;
}

}  // namespace

bool has_checkpoint(const fs::path& run) {
  return !run.empty() && fs::exists(run / "checkpoints" / "last" / "state.json");
}

RunFolder::RunFolder(const Config& config, const std::string& name)
    : path_(config.output.empty() ? fs::path("runs") / (name + "-" + timestamp())
                                  : fs::path(config.output.text)) {
  const fs::path written = path_ / "config.yaml";
  if (fs::exists(written) && has_checkpoint()) {
    const std::string different = differences(load_config(written.string()), config);
    if (!different.empty())
      fail_config(
          "{}: holds a run of another configuration: {}; choose another --output, or use the same "
          "values",
          path_.string(), different);
  }
  make_folder(path_);
  remove_stale_temporaries(path_);
  remove_stale_temporaries(path_ / "checkpoints");
  write_file(written, config_yaml(config));
  log::to_file(path_ / "log.txt");
}

void RunFolder::write_split(const std::string& json) const {
  write_file(path_ / "split.json", json);
}

void RunFolder::write_metrics(const TrainingState& state,
                              const std::vector<Region>& regions) const {
  write_file(path_ / "metrics.csv", metrics_csv(state.history, regions));
}

void RunFolder::save(const Network& network, const Network* average,
                     const torch::optim::Adam& optimiser, const TrainingState& state,
                     bool best) const {
  const std::string name = fmt::format("step-{}", state.step);
  save_checkpoint(checkpoint(name), network, average, optimiser, state);
  replace_link(checkpoint("last"), name);
  if (best) replace_link(checkpoint("best"), name);
  std::error_code ignored;
  const fs::path kept_best = fs::read_symlink(checkpoint("best"), ignored);
  for (const auto& entry : fs::directory_iterator(path_ / "checkpoints")) {
    const fs::path file = entry.path().filename();
    if (file.string().starts_with("step-") && file != name && file != kept_best)
      fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace seg
