// BraTS: a folder per case, a file per channel.
#include "core/error.h"
#include "data/case_folder.h"
#include "data/each_layout.h"
#include "data/layouts.h"
#include "data/volume_names.h"

#include <algorithm>

namespace seg {
namespace fs = std::filesystem;
namespace {

bool holds_a_volume(const fs::path& folder) {
  const auto files = files_of(folder);
  return std::any_of(files.begin(), files.end(),
                     [](const fs::path& file) { return !stem_of(file).empty(); });
}

}  // namespace

Dataset case_folders(const DataConfig& config) {
  if (config.channels.empty())
    fail_config(
        "data.channels is empty: name the channels of data.layout: case_folders, e.g. [flair, t1, "
        "t1ce, t2]");
  if (config.labels.empty())
    fail_config(
        "data.labels is empty: BraTS releases number their labels differently, e.g. {{1: NTC, 2: "
        "ED, 4: ET}} for 2021");
  Dataset dataset;
  dataset.labels = label_map(config.labels);
  for (const auto& channel : config.channels) dataset.channels.push_back(channel.first);
  for (const fs::path& folder : files_of(config.root.text)) {
    const std::string id = folder.filename().string();
    if (!fs::is_directory(folder) || id.starts_with(".")) continue;
    if (!holds_a_volume(folder)) {
      dataset.empty_folders.push_back(folder);
      continue;
    }
    Case c = images_of_case(folder, id, config.channels, dataset.problems);
    c.label = label_of_case(folder, c, dataset.problems);
    dataset.cases.push_back(c);
  }
  return dataset;
}

}  // namespace seg
