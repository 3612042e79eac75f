#include "prediction/inputs.h"

#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "data/case_folder.h"
#include "data/case_table.h"
#include "data/comma_list.h"
#include "data/layouts.h"
#include "prediction/channel_names.h"

#include <algorithm>
#include <set>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_named = 5;

// What was found, as a layout has it.
struct Found {
  std::vector<Case> cases;
  std::vector<FileProblem> problems;
};

bool holds_volumes(const fs::path& folder) {
  const auto files = files_of(folder);
  return std::any_of(files.begin(), files.end(), is_volume);
}

Found by_numbers(const fs::path& folder, const ChannelNames& channels, const ImageName& name) {
  Found found;
  for (auto& [id, c] : cases_of_images(folder, channels.numbered(), name, found.problems))
    found.cases.push_back(c);
  return found;
}

Found by_endings(const fs::path& folder, const ChannelNames& channels) {
  Found found;
  for (const std::string& id : ids_by_endings(folder, channels.endings()))
    found.cases.push_back(images_of_case(folder, id, channels.endings(), found.problems));
  return found;
}

// Whether a file of the folder has the number of a channel.
bool is_numbered(const fs::path& folder, const ChannelNames& channels) {
  const auto files = files_of(folder);
  return std::any_of(files.begin(), files.end(), [&](const fs::path& file) {
    const auto name = is_volume(file) ? numbered_name(stem_of(file)) : std::nullopt;
    return name && channels.has(name->number);
  });
}

// An image by its ending that is not read: of another format, or in capitals.
bool is_unread_image(const fs::path& file) {
  std::string name = file.filename().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  Endings endings = any_ending();
  endings.insert(endings.end(), {".img", ".img.gz", ".hdr", ".dcm", ".mgz", ".mnc"});
  return !name.starts_with(".") && !is_volume(file) && fs::is_regular_file(file) &&
         std::any_of(endings.begin(), endings.end(),
                     [&](const std::string& ending) { return name.ends_with(ending); });
}

void warn_of_unread_images(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& file : files_of(folder))
    if (is_unread_image(file)) names.push_back(file.filename().string());
  if (!names.empty())
    log::warn("{}: {} file{} of a format that is not read, not used: {}; convert or rename {}",
              folder.string(), names.size(), names.size() == 1 ? " is" : "s are",
              comma_list(names, most_named), names.size() == 1 ? "it" : "them");
}

// Volumes of the folder that belong to no case, but for labels beside images.
void warn_of_the_rest(const fs::path& folder, const Found& found) {
  std::set<fs::path> used;
  for (const Case& c : found.cases) {
    std::vector<FileProblem> ignored;
    used.insert(c.channels.begin(), c.channels.end());
    used.insert(label_of_case(folder, c, ignored));
  }
  for (const FileProblem& problem : found.problems) used.insert(problem.file);
  std::vector<std::string> names;
  for (const fs::path& file : files_of(folder))
    if (is_volume(file) && !used.contains(file)) names.push_back(file.filename().string());
  if (!names.empty())
    log::warn(
        "{}: {} volume{} not called as a channel of the network, not used: {}; a table (LIST.csv) "
        "can name any file",
        folder.string(), names.size(), names.size() == 1 ? " is" : "s are",
        comma_list(names, most_named));
}

Found in_flat_folder(const fs::path& folder, const ChannelNames& channels) {
  const bool ends = !ids_by_endings(folder, channels.endings()).empty();
  const bool numbers = !channels.one() && is_numbered(folder, channels);
  const bool choose_endings = ends && (channels.of_case_folders() || (!channels.one() && !numbers));
  Found found = choose_endings ? by_endings(folder, channels)
                               : by_numbers(folder, channels, image_names(channels));
  warn_of_the_rest(folder, found);
  warn_of_unread_images(folder);
  return found;
}

Found in_case_folders(const fs::path& folder, const ChannelNames& channels) {
  Found found;
  std::vector<std::string> others;
  for (const fs::path& inner : files_of(folder)) {
    const std::string id = inner.filename().string();
    if (!fs::is_directory(inner) || id.starts_with(".")) continue;
    if (ids_by_endings(inner, channels.endings()).empty())
      others.push_back(id);
    else
      found.cases.push_back(images_of_case(inner, id, channels.endings(), found.problems));
  }
  if (!others.empty() && !found.cases.empty())
    log::warn("{}: {} folder{} without an image of a channel, taken for no case: {}",
              folder.string(), others.size(), others.size() == 1 ? "" : "s",
              comma_list(others, most_named));
  return found;
}

// The folder of images of a data set's root; any other folder is itself.
fs::path images_of(const fs::path& folder) {
  const fs::path test = folder / "imagesTs", train = folder / "imagesTr";
  if (holds_volumes(test)) {
    log::info("{}: is a data set; its imagesTs is taken", folder.string());
    return test;
  }
  if (!holds_volumes(train)) return folder;
  log::warn("{}: is a data set without imagesTs; its imagesTr is taken, which may have trained",
            folder.string());
  return train;
}

Found in_folder(const fs::path& folder, const ChannelNames& channels) {
  const fs::path images = images_of(folder);
  return holds_volumes(images) ? in_flat_folder(images, channels)
                               : in_case_folders(images, channels);
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

// The case of which the file is a channel by its ending; nothing where it is none's.
std::optional<Found> of_file_by_ending(const fs::path& file, const ChannelNames& channels) {
  const fs::path folder = folder_of(file);
  for (const std::string& id : ids_by_endings(folder, channels.endings())) {
    Found found;
    found.cases.push_back(images_of_case(folder, id, channels.endings(), found.problems));
    for (const fs::path& image : found.cases[0].channels)
      if (image.filename() == file.filename()) return found;
  }
  return std::nullopt;
}

Found of_file(const fs::path& file, const ChannelNames& channels) {
  const auto numbered = numbered_name(stem_of(file));
  if (channels.of_case_folders() || (!channels.one() && !numbered))
    if (auto found = of_file_by_ending(file, channels)) return *found;
  if (channels.one()) {
    Case c;
    c.id = numbered && channels.has(numbered->number) ? numbered->name : stem_of(file);
    c.channels = {file};
    return {{c}, {}};
  }
  if (!numbered)
    fail_data(
        "{}: is one volume, and the network needs one for each of {}; name the case's first file "
        "of {}, its folder, or a table (LIST.csv)",
        file.string(), comma_list(channels.names()), channels.expected());
  // Of the channel that was named, this file and no other of its number.
  const ImageName name = [&](const fs::path& other) -> std::optional<NumberedName> {
    const auto found = is_volume(other) ? numbered_name(stem_of(other)) : std::nullopt;
    if (!found || found->name != numbered->name) return std::nullopt;
    if (found->number == numbered->number && other.filename() != file.filename())
      return std::nullopt;
    return found;
  };
  return by_numbers(folder_of(file), channels, name);
}

Found of_table(const fs::path& file, const ChannelNames& channels) {
  if (channels.endings().empty())
    fail_data("{}: cannot tell channels of one name apart ({}); name a folder of {}", file.string(),
              comma_list(channels.names()), channels.expected());
  const CsvTable table = read_csv(file);
  const CaseTable cases = case_table(file, table, channels.names());
  Found found;
  for (const CsvTable::Row& row : table.rows)
    found.cases.push_back(listed_images(cases, row, found.problems));
  return found;
}

Found found_at(const fs::path& input, const ChannelNames& channels) {
  if (!fs::exists(input)) fail_data("{}: does not exist; correct the path", input.string());
  if (fs::is_directory(input)) return in_folder(input, channels);
  if (lower(input.extension().string()) == ".csv") return of_table(input, channels);
  if (is_volume(input)) return of_file(input, channels);
  fail_data("{}: is neither a volume ({}), nor a folder, nor a table (.csv); name one of them",
            input.string(), comma_list(any_ending()));
}

// Cases without a problem, and those with one.
Inputs sorted_out(Found found) {
  std::map<std::string, std::string> reasons;
  for (const FileProblem& problem : found.problems) {
    std::string& text = reasons[problem.id];
    text += (text.empty() ? "" : "; ") + problem_text(problem);
  }
  Inputs inputs;
  for (Case& c : found.cases)
    if (const auto bad = reasons.find(c.id); bad != reasons.end())
      inputs.bad.push_back({c.id, bad->second});
    else
      inputs.cases.push_back(std::move(c));
  return inputs;
}

}  // namespace

Inputs find_inputs(const fs::path& input, const TrainedModel& model) {
  const ChannelNames channels(model);
  Found found = found_at(input, channels);
  std::stable_sort(found.cases.begin(), found.cases.end(),
                   [](const Case& a, const Case& b) { return a.id < b.id; });
  check_ids(found.cases, input.string());
  if (found.cases.empty())
    fail_data("{}: holds no case; the network takes {}, a folder for each case, or a table (.csv)",
              input.string(), channels.expected());
  return sorted_out(std::move(found));
}

}  // namespace seg
