#pragma once
// A run's folder, to write it: config.yaml (resolved), split.json, log.txt, metrics.csv,
// checkpoints/, dsc.csv, dsc.md, pictures/.
#include "config/config.h"
#include "metric/regions.h"
#include "run/checkpoint.h"

#include <filesystem>
#include <string>

namespace seg {

// Whether a run goes on from what the folder `run` holds, its last checkpoint; not where `run` is
// empty.
bool has_checkpoint(const std::filesystem::path& run);

class RunFolder {
 public:
  // config.output, else runs/NAME-DATE-TIME. An existing run is continued when its configuration is
  // the same but for keys that affect nothing (config/fields.h), such as where and how long it
  // runs; otherwise Error(config) names the keys. Without a checkpoint it begins anew.
  RunFolder(const Config& config, const std::string& name);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path checkpoint(const std::string& name) const {
    return path_ / "checkpoints" / name;
  }
  bool has_checkpoint() const { return seg::has_checkpoint(path_); }

  void write_split(const std::string& json) const;
  void write_metrics(const TrainingState& state, const std::vector<Region>& regions) const;
  // Writes checkpoints/step-N, points `last` (and `best`, if best) at it, removes what neither
  // names.
  void save(const Network& network, const Network* average, const torch::optim::Adam& optimiser,
            const TrainingState& state, bool best) const;

 private:
  std::filesystem::path path_;
};

}  // namespace seg
