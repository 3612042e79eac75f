#include "data/volume_names.h"

#include <algorithm>

namespace seg {
namespace fs = std::filesystem;

const Endings& any_ending() {
  static const Endings all = {".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd"};
  return all;
}

std::optional<fs::path> existing(const fs::path& stem, const Endings& endings) {
  const std::vector<fs::path> files = all_existing(stem, endings);
  return files.empty() ? std::nullopt : std::optional(files[0]);
}

std::vector<fs::path> all_existing(const fs::path& stem, const Endings& endings) {
  std::vector<fs::path> files;
  std::error_code ignored;  // a name that is too long is none
  for (const std::string& ending : endings)
    if (fs::exists(stem.string() + ending, ignored)) files.push_back(stem.string() + ending);
  return files;
}

std::string stem_of(const fs::path& file, const Endings& endings) {
  const std::string name = file.filename().string();
  for (const std::string& ending : endings)
    if (name.ends_with(ending) && !name.starts_with("."))
      return name.substr(0, name.size() - ending.size());
  return "";
}

std::optional<int> number_of(const std::string& text) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::stoi(text);
}

std::optional<NumberedName> numbered_name(const std::string& stem) {
  if (stem.size() < 6 || stem[stem.size() - 5] != '_') return std::nullopt;
  const auto number = number_of(stem.substr(stem.size() - 4));
  return number ? std::optional(NumberedName{stem.substr(0, stem.size() - 5), *number})
                : std::nullopt;
}

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace seg
