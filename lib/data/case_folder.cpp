#include "data/case_folder.h"

#include "data/volume_names.h"

#include <fmt/format.h>

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

std::vector<std::string> suffixes_of(const std::string& channel) {
  const auto known = brats_suffixes().find(channel);
  return known == brats_suffixes().end() ? std::vector<std::string>{"_" + channel, "-" + channel}
                                         : known->second;
}

// The files of one BraTS channel, by the suffix the configuration gives or the known ones.
std::vector<fs::path> channel_files(const fs::path& folder, const std::string& id,
                                    const std::string& name, const std::string& given) {
  if (!given.empty()) {
    const fs::path file = folder / (id + given);
    return fs::exists(file) ? std::vector{file} : all_existing(file);
  }
  std::vector<fs::path> files;
  for (const std::string& suffix : suffixes_of(name))
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

// What the name of a volume has before the channel's ending; "" where it ends otherwise.
std::string before_ending(const fs::path& file, const std::string& name, const std::string& given) {
  const std::string stem = stem_of(file), whole = file.filename().string();
  if (stem.empty()) return "";
  for (const std::string& text : {whole, stem})
    if (!given.empty() && text.ends_with(given)) return text.substr(0, text.size() - given.size());
  if (!given.empty()) return "";
  for (const std::string& suffix : suffixes_of(name))
    if (stem.ends_with(suffix)) return stem.substr(0, stem.size() - suffix.size());
  return "";
}

}  // namespace

Case images_of_case(const fs::path& folder, const std::string& id, const Pairs& channels,
                    std::vector<FileProblem>& problems) {
  Case c;
  c.id = id;
  for (const auto& [name, ending] : channels) {
    const auto files = channel_files(folder, id, name, ending);
    c.channels.push_back(the_file(files, name, c, problems));
    if (files.empty())
      problems.push_back({id, "", fmt::format("has no file for channel '{}'", name)});
  }
  return c;
}

fs::path label_of_case(const fs::path& folder, const Case& c, std::vector<FileProblem>& problems) {
  return the_file(channel_files(folder, c.id, "seg", ""), "seg", c, problems);
}

std::set<std::string> ids_by_endings(const fs::path& folder, const Pairs& channels) {
  std::set<std::string> ids;
  for (const fs::path& file : files_of(folder))
    for (const auto& [name, ending] : channels)
      if (const std::string id = before_ending(file, name, ending);
          !id.empty() && !fs::is_directory(file))
        ids.insert(id);
  return ids;
}

}  // namespace seg
