#pragma once
// A run that segtrain wrote, to read it: RunFolder (run_folder.h) writes one.
#include "config/config.h"

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

// The configuration on the split that the run in `run` was trained with, whatever data.split would
// draw now.
Config on_split_of(const std::filesystem::path& run, Config config);

class FinishedRun {
 public:
  // Throws Error(failure) where `path` is no run folder.
  explicit FinishedRun(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }

  // The configuration it was trained with, on the split it was trained with.
  Config config(const std::vector<std::string>& overrides = {}) const;

  // The folder of `name`: best (the last one, with a warning, where none was validated), last,
  // step-N; else `name` itself, as a folder anywhere. Throws Error(failure) where the best one is
  // gone.
  std::filesystem::path checkpoint(const std::string& name) const;

 private:
  std::filesystem::path best() const;
  std::filesystem::path path_;
};

}  // namespace seg
