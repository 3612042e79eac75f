// BraTS: a folder per case, a file per channel.
#include "core/error.h"
#include "data/each_layout.h"
#include "data/layouts.h"
#include "data/volume_names.h"

#include <algorithm>

namespace seg {
namespace fs = std::filesystem;
namespace {

// The suffixes that BraTS releases use, by channel name.
const std::map<std::string, std::vector<std::string>>& brats_suffixes() {
  static const std::map<std::string, std::vector<std::string>> known = {
      {"flair", {"_flair", "-t2f"}}, {"t1", {"_t1", "-t1n"}},     {"t1ce", {"_t1ce", "-t1c"}},
      {"t2", {"_t2", "-t2w"}},       {"t2f", {"-t2f", "_flair"}}, {"t1n", {"-t1n", "_t1"}},
      {"t1c", {"-t1c", "_t1ce"}},    {"t2w", {"-t2w", "_t2"}},    {"seg", {"_seg", "-seg"}}};
  return known;
}

// The files of one BraTS channel, by the suffix the configuration gives or the known ones.
std::vector<fs::path> channel_files(const fs::path& folder, const std::string& id,
                                    const std::string& name, const std::string& given) {
  if (!given.empty()) {
    const fs::path file = folder / (id + given);
    return fs::exists(file) ? std::vector{file} : all_existing(file);
  }
  const auto known = brats_suffixes().find(name);
  const std::vector<std::string> suffixes = known == brats_suffixes().end()
                                                ? std::vector<std::string>{"_" + name, "-" + name}
                                                : known->second;
  std::vector<fs::path> files;
  for (const std::string& suffix : suffixes)
    for (const fs::path& file : all_existing(folder / (id + suffix))) files.push_back(file);
  return files;
}

// The channel's one file, empty where there is none; a second one is a problem.
fs::path the_file(const std::vector<fs::path>& files, const std::string& name, const Case& c,
                  std::vector<FileProblem>& problems) {
  for (std::size_t k = 1; k < files.size(); ++k)
    problems.push_back({c.id, files[k],
                        fmt::format("is channel '{}' as {} is; remove one of them", name,
                                    files[0].filename().string())});
  return files.empty() ? fs::path() : files[0];
}

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
    Case c;
    c.id = folder.filename().string();
    if (!fs::is_directory(folder) || c.id.starts_with(".")) continue;
    if (!holds_a_volume(folder)) {
      dataset.empty_folders.push_back(folder);
      continue;
    }
    for (const auto& [name, suffix] : config.channels) {
      const auto files = channel_files(folder, c.id, name, suffix);
      c.channels.push_back(the_file(files, name, c, dataset.problems));
      if (files.empty())
        dataset.problems.push_back({c.id, "", fmt::format("has no file for channel '{}'", name)});
    }
    c.label = the_file(channel_files(folder, c.id, "seg", ""), "seg", c, dataset.problems);
    dataset.cases.push_back(c);
  }
  return dataset;
}

}  // namespace seg
