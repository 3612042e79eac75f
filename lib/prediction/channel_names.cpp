#include "prediction/channel_names.h"

#include "data/comma_list.h"
#include "data/volume_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace seg {
namespace fs = std::filesystem;
namespace {

std::string ending_of(const std::string& name, const DataConfig& data) {
  const auto found = std::find_if(data.channels.begin(), data.channels.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  return found == data.channels.end() ? "" : found->second;
}

// ID_seg beside ID is a label.
bool is_label_beside(const fs::path& file, const std::string& stem, int number) {
  for (const char* ending : {"_seg", "-seg"}) {
    if (!stem.ends_with(ending)) continue;
    const std::string id = (file.parent_path() / stem.substr(0, stem.size() - 4)).string();
    if (existing(id) || existing(fmt::format("{}_{:04}", id, number))) return true;
  }
  return false;
}

// Of one channel a name need not have its number; a file with another number is another channel's
// only where the one with this number is there.
std::optional<NumberedName> name_of_one_channel(const fs::path& file, int number) {
  const std::string stem = stem_of(file);
  if (is_label_beside(file, stem, number)) return std::nullopt;
  const auto name = numbered_name(stem);
  if (!name) return NumberedName{stem, number};
  if (name->number == number) return name;
  const fs::path own = file.parent_path() / fmt::format("{}_{:04}", name->name, number);
  return existing(own) ? std::nullopt : std::optional(NumberedName{stem, number});
}

}  // namespace

bool is_volume(const fs::path& file) { return !stem_of(file).empty() && !fs::is_directory(file); }

ChannelNames::ChannelNames(const TrainedModel& model)
    : folders_(model.config.data.layout == Layout::case_folders) {
  const Task& task = model.task;
  for (std::size_t k = 0; k < task.channels.size(); ++k) {
    numbered_.push_back({task.numbers.at(k), task.channels[k]});
    endings_.emplace_back(task.channels[k], ending_of(task.channels[k], model.config.data));
  }
  // Channels of one name cannot be told apart by it.
  if (std::set(task.channels.begin(), task.channels.end()).size() < task.channels.size())
    endings_.clear();
}

bool ChannelNames::has(int number) const {
  return std::any_of(numbered_.begin(), numbered_.end(),
                     [&](const NumberedChannel& c) { return c.number == number; });
}

std::vector<std::string> ChannelNames::names() const {
  std::vector<std::string> names;
  for (const NumberedChannel& channel : numbered_) names.push_back(channel.name);
  return names;
}

std::string ChannelNames::expected() const {
  if (one() && !folders_) return "NAME.nii.gz";
  std::vector<std::string> names;
  for (const NumberedChannel& c : numbered_)
    names.push_back(folders_ ? "NAME_" + c.name : fmt::format("NAME_{:04} ({})", c.number, c.name));
  return comma_list(names);
}

ImageName image_names(const ChannelNames& channels) {
  return [&channels](const fs::path& file) -> std::optional<NumberedName> {
    if (!is_volume(file)) return std::nullopt;
    if (channels.one()) return name_of_one_channel(file, channels.numbered()[0].number);
    return numbered_name(stem_of(file));
  };
}

}  // namespace seg
