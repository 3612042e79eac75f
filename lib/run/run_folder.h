#pragma once
// A run's folder, to write it: run.json (which run this is), config.yaml (resolved), split.json,
// data.json (what the files held), log.txt, metrics.csv, checkpoints/, dsc.csv, dsc.md, pictures/.
#include "config/config.h"
#include "core/folder_lock.h"
#include "metric/regions.h"
#include "run/checkpoint.h"
#include "run/checkpoints.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace seg {

// The checkpoint that a run in `run` goes on from: what `last` names, else the newest whole one of
// the run; nothing where there is none, or `run` is empty.
std::optional<std::filesystem::path> newest_checkpoint(const std::filesystem::path& run);

class RunFolder {
 public:
  // config.output, else runs/NAME-DATE-TIME; held by this process (core/folder_lock.h). A folder
  // that holds something else than a run of segtrain is refused. An existing run is continued when
  // its configuration is the same but for keys that affect nothing (config/fields.h), such as where
  // and how long it runs, and data.root (data_record.h looks at what is there); otherwise
  // Error(config) names the keys. A run that never wrote a checkpoint begins anew; one whose
  // checkpoints are gone is refused.
  RunFolder(const Config& config, const std::string& name);

  const std::filesystem::path& path() const { return path_; }
  const std::string& id() const { return id_; }  // 32 digits; a copy of the folder has the same

  // What the run goes on from, if it was begun before.
  const std::optional<std::filesystem::path>& begun() const { return begun_; }

  std::filesystem::path checkpoint(const std::string& name) const {
    return path_ / "checkpoints" / name;
  }

  void write_config(const Config& config) const;
  void write_split(const std::string& json) const;

  // Writes checkpoints/step-N and points `last` at it.
  void save(const Network& network, const Network* average, const torch::optim::Adam& optimiser,
            const TrainingState& state, const TrainedAs& as) const;

  // After save(): writes what is known now of that step, the same weights, into its state.json and
  // into metrics.csv, points `best` at the best step, and removes this run's checkpoints that
  // neither a link nor `kept` (a step, or -1) names.
  void record(const TrainingState& state, const std::vector<Region>& regions,
              std::int64_t kept) const;

 private:
  void claim();
  void refuse_strangers() const;
  void continue_run(const Config& config);
  Checkpoints checkpoints() const { return {path_ / "checkpoints", id_}; }

  std::filesystem::path path_;
  std::unique_ptr<FolderLock> lock_;
  std::string id_;
  std::optional<std::filesystem::path> begun_;
};

}  // namespace seg
