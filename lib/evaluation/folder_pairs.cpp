#include "evaluation/folder_pairs.h"

#include "core/error.h"
#include "data/volume_names.h"

#include <map>

namespace seg {
namespace fs = std::filesystem;
namespace {

using Files = std::map<std::string, fs::path>;

Files files_by_name(const fs::path& folder, const std::string& option) {
  const auto list = volumes_in(folder, option);
  return {list.begin(), list.end()};
}

// Files whose name less a channel's number is a name of `others`, under that name.
void drop_channel_numbers(Files& files, const Files& others) {
  Files renamed;
  for (const auto& [name, file] : files) {
    const auto numbered = numbered_name(name);
    const bool fits = numbered && !others.contains(name) && others.contains(numbered->name) &&
                      !files.contains(numbered->name) && numbered->number == 0;
    renamed.emplace(fits ? numbered->name : name, file);
  }
  files = std::move(renamed);
}

}  // namespace

std::vector<std::pair<std::string, fs::path>> volumes_in(const fs::path& folder,
                                                         const std::string& option) {
  if (!fs::is_directory(folder))
    fail_data("{} {}: {}; name a folder of volumes", option, folder.string(),
              fs::exists(folder) ? "is no folder" : "does not exist");
  std::map<std::string, fs::path> found;
  for (const fs::path& file : files_of(folder)) {
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
  drop_channel_numbers(predictions, truths);
  drop_channel_numbers(truths, predictions);
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
