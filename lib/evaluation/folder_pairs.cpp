#include "evaluation/folder_pairs.h"

#include "core/error.h"
#include "data/volume_names.h"

#include <algorithm>
#include <map>

namespace seg {
namespace fs = std::filesystem;
namespace {

using Files = std::map<std::string, fs::path>;

Files files_by_name(const fs::path& folder, const std::string& option) {
  const auto list = volumes_in(folder, option);
  return {list.begin(), list.end()};
}

// The name without what other programs put behind it; itself where there is nothing.
std::string without_tail(const std::string& name) {
  if (const auto numbered = numbered_name(name); numbered && numbered->number == 0)
    return numbered->name;
  for (const char* tail : {"-seg", "_seg"})
    if (name.ends_with(tail)) return name.substr(0, name.size() - 4);
  return name;
}

// Files whose name without its tail is a name of `others`, under that name.
void drop_tails(Files& files, const Files& others) {
  Files renamed;
  for (const auto& [name, file] : files) {
    const std::string bare = without_tail(name);
    const bool fits = !others.contains(name) && others.contains(bare) && !files.contains(bare);
    renamed.emplace(fits ? bare : name, file);
  }
  files = std::move(renamed);
}

// CASE/CASE-seg.nii.gz, as BraTS is distributed.
std::vector<fs::path> labels_of_cases(const fs::path& folder) {
  std::vector<fs::path> labels;
  for (const fs::path& place : files_of(folder))
    for (const fs::path& file : files_of(place))
      if (stem_of(file).ends_with("seg")) labels.push_back(file);
  return labels;
}

}  // namespace

std::vector<std::pair<std::string, fs::path>> volumes_in(const fs::path& folder,
                                                         const std::string& option) {
  if (!fs::is_directory(folder))
    fail_data("{} {}: {}; name a folder of volumes", option, folder.string(),
              fs::exists(folder) ? "is no folder" : "does not exist");
  std::map<std::string, fs::path> found;
  std::vector<fs::path> files = files_of(folder);
  if (std::none_of(files.begin(), files.end(),
                   [](const fs::path& f) { return !stem_of(f).empty(); }))
    files = labels_of_cases(folder);
  for (const fs::path& file : files) {
    const std::string name = stem_of(file);
    if (name.empty()) continue;
    if (const auto [at, fresh] = found.emplace(name, file); !fresh)
      fail_data("{} {}: holds both {} and {}; remove one", option, folder.string(),
                at->second.filename().string(), file.filename().string());
  }
  if (found.empty())
    fail_data("{} {}: holds no volume (.nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd)", option,
              folder.string());
  return {found.begin(), found.end()};
}

std::vector<LabelFiles> pair_by_name(const fs::path& truth, const fs::path& prediction) {
  Files truths = files_by_name(truth, "--truth"),
        predictions = files_by_name(prediction, "--prediction");
  drop_tails(predictions, truths);
  drop_tails(truths, predictions);
  if (std::none_of(truths.begin(), truths.end(),
                   [&](const auto& t) { return predictions.contains(t.first); }))
    fail_data("no name is both in {} (as {}) and in {} (as {}); rename the files of one",
              truth.string(), truths.begin()->first, prediction.string(),
              predictions.begin()->first);
  std::map<std::string, LabelFiles> pairs;
  for (const auto& [name, file] : truths) pairs[name].truth = file;
  for (const auto& [name, file] : predictions) pairs[name].prediction = file;
  std::vector<LabelFiles> list;
  for (auto& [name, files] : pairs) {
    files.id = name;
    list.push_back(files);
  }
  return list;
}

}  // namespace seg
