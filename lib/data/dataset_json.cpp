// AMOS, Decathlon and nnU-Net raw: imagesTr/, labelsTr/ and what dataset.json says of them.
#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "data/amos_names.h"
#include "data/comma_list.h"
#include "data/each_layout.h"
#include "data/image_folder.h"
#include "data/layouts.h"
#include "data/volume_names.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

// Labels of dataset.json, written {"1": "liver"} (Decathlon, AMOS) or {"liver": 1} (nnU-Net), by
// value.
Pairs described_labels(const json& j, const fs::path& root) {
  if (!j.contains("labels") || !j["labels"].is_object())
    fail_data(
        "{}: neither data.labels nor a dataset.json with 'labels' says what the label values mean; "
        "set data.labels, e.g. {{1: liver}}",
        root.string());
  std::map<std::int64_t, std::string> names;
  for (const auto& [key, entry] : j["labels"].items()) {
    if (entry.is_array())
      fail_data(
          "{}: 'labels' of dataset.json holds regions ('{}' is a list of values); set data.labels "
          "to the classes, and the regions "
          "in evaluation.regions",
          root.string(), key);
    const auto number =
        entry.is_number_integer() ? entry.get<std::int64_t>() : number_of(key).value_or(-1);
    if (number < 0 || (!entry.is_number_integer() && !entry.is_string()))
      fail_data(
          "{}: 'labels' of dataset.json must map a value to a name or a name to a value ('{}' does "
          "neither); correct it",
          root.string(), key);
    const std::string name = entry.is_string() ? entry.get<std::string>() : key;
    if (const auto [at, fresh] = names.emplace(number, name); !fresh)
      fail_data(
          "{}: 'labels' of dataset.json calls the value {} both '{}' and '{}'; correct it, or set "
          "data.labels",
          root.string(), number, at->second, name);
  }
  Pairs labels;
  for (const auto& [number, name] : names) labels.emplace_back(std::to_string(number), name);
  return amos_names(labels).value_or(labels);
}

// nnU-Net's regions; a label that is one value is a region of it, but for background and ignore.
DescribedLabels described_regions(const json& labels, const fs::path& file) {
  Groups regions;
  std::map<int, std::string> names;
  for (const auto& [name, entry] : labels.items()) {
    std::vector<std::string> members;
    for (const json& value : entry.is_array() ? entry : json::array({entry})) {
      if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 65535)
        fail_data("{}: 'labels' calls '{}' something else than label values; correct it",
                  file.string(), name);
      const int number = value.get<int>();
      if (number == 0) continue;
      members.push_back(std::to_string(number));
      names.emplace(number, name == "ignore" ? "ignore" : members.back());
    }
    if (!members.empty() && name != "ignore") regions.emplace_back(name, members);
  }
  Pairs values;
  for (const auto& [value, name] : names) values.emplace_back(std::to_string(value), name);
  return {label_map(values, file.string() + ": 'labels'"), regions};
}

// Channels of dataset.json by number: "channel_names" (nnU-Net) or "modality" (Decathlon, AMOS);
// none where it has neither.
std::vector<NumberedChannel> listed_channels(const json& j, const fs::path& root) {
  std::vector<NumberedChannel> channels;
  for (const char* key : {"channel_names", "modality"}) {
    if (!channels.empty() || !j.contains(key) || !j[key].is_object()) continue;
    for (const auto& [text, name] : j[key].items()) {
      const auto number = number_of(text);
      if (!number)
        fail_data(
            "{}: '{}' of dataset.json must map channel numbers to names ('{}' is no number); "
            "correct it",
            root.string(), key, text);
      channels.push_back({*number, name.is_string() ? name.get<std::string>() : text});
    }
  }
  std::sort(channels.begin(), channels.end(),
            [](const NumberedChannel& a, const NumberedChannel& b) { return a.number < b.number; });
  for (std::size_t k = 1; k < channels.size(); ++k)
    if (channels[k].number == channels[k - 1].number)
      fail_data("{}: dataset.json names the channel {} twice ('{}' and '{}'); remove one",
                root.string(), channels[k].number, channels[k - 1].name, channels[k].name);
  return channels;
}

// data.channels, each with its number in dataset.json's list, or its position where there is none;
// all that is listed without it.
std::vector<NumberedChannel> wanted_channels(const DataConfig& config,
                                             const std::vector<NumberedChannel>& all) {
  if (config.channels.empty())
    return all.empty() ? std::vector<NumberedChannel>{{0, "image"}} : all;
  std::vector<NumberedChannel> channels;
  std::vector<std::string> unknown, known;
  for (const NumberedChannel& channel : all) known.push_back(channel.name);
  for (const auto& pair : config.channels) {
    const auto at = std::find(known.begin(), known.end(), pair.first);
    if (all.empty())
      channels.push_back({static_cast<int>(channels.size()), pair.first});
    else if (at == known.end())
      unknown.push_back(pair.first);
    else
      channels.push_back(all[static_cast<std::size_t>(at - known.begin())]);
  }
  if (!unknown.empty())
    fail_config("data.channels: dataset.json does not list {}; it lists {}", comma_list(unknown),
                comma_list(known));
  return channels;
}

Endings described_endings(const json& j, const fs::path& root) {
  if (!j.contains("file_ending")) return any_ending();
  const std::string ending =
      j["file_ending"].is_string() ? j["file_ending"].get<std::string>() : j["file_ending"].dump();
  if (const Endings& read = any_ending(); std::find(read.begin(), read.end(), ending) == read.end())
    fail_data("{}: 'file_ending' of dataset.json is {}, but only {} are read; convert the volumes",
              root.string(), ending, comma_list(read));
  return {ending};
}

constexpr long last_ct = 500;  // AMOS numbers its CT scans 1 to 500, its MR scans from there

bool wanted_modality(const std::string& id, Modality modality) {
  const std::size_t digits = id.find_last_not_of("0123456789") + 1;
  if (modality == Modality::all || digits >= id.size()) return true;
  return (std::atol(id.c_str() + digits) <= last_ct) == (modality == Modality::ct);
}

// How the images of a data set are called.
struct Naming {
  Endings endings;
  std::vector<NumberedChannel> channels;  // that are wanted
  bool numbered = false;                  // NAME_0000 throughout, not NAME
};

// Whether images are called NAME_0000: there are several channels, or no image has the very name of
// a label.
bool numbered_images(const fs::path& root, const Endings& endings, std::size_t channels) {
  if (channels > 1) return true;
  bool any = false;
  for (const fs::path& file : files_of(root / "imagesTr")) {
    const std::string stem = stem_of(file, endings);
    if (!stem.empty() && existing(root / "labelsTr" / stem, endings)) return false;
    any = any || stem.ends_with("_0000");
  }
  return any;
}

// The label file of a case; another one of its name is a problem.
void place_label(const fs::path& stem, const Naming& naming, Case& c,
                 std::vector<FileProblem>& problems) {
  const std::vector<fs::path> files = all_existing(stem, naming.endings);
  if (!files.empty()) c.label = files[0];
  for (std::size_t k = 1; k < files.size(); ++k)
    problems.push_back(
        {c.id, files[k],
         fmt::format("is the label as {} is; remove one of them", files[0].filename().string())});
}

// The cases of one images folder: NAME.nii.gz, or NAME_0000.nii.gz, NAME_0001.nii.gz ...
void cases_of(const fs::path& images, const fs::path& labels, const DataConfig& config,
              const Naming& naming, Dataset& dataset) {
  if (!fs::is_directory(images)) return;
  const ImageName wanted = [&](const fs::path& file) -> std::optional<NumberedName> {
    const std::string stem = stem_of(file, naming.endings);
    const auto own = naming.numbered && !existing(labels / stem, naming.endings)
                         ? numbered_name(stem)
                         : std::nullopt;
    const NumberedName name = own.value_or(NumberedName{stem, 0});
    if (stem.empty() || !wanted_modality(name.name, config.modality)) return std::nullopt;
    return name;
  };
  auto found = cases_of_images(images, naming.channels, wanted, dataset.problems);
  for (auto& [id, c] : found) {
    place_label(labels / id, naming, c, dataset.problems);
    c.held_out = images.filename() == "imagesTs";
    dataset.cases.push_back(c);
  }
  for (const fs::path& file : files_of(labels)) {
    const std::string id = stem_of(file, naming.endings);
    if (!id.empty() && !found.contains(id) && wanted_modality(id, config.modality))
      dataset.lone_labels.push_back(file);
  }
}

}  // namespace

json dataset_description(const fs::path& root) {
  const fs::path file = root / "dataset.json";
  if (!fs::exists(file)) return json::object();
  const json j = read_json(file);
  if (!j.is_object()) fail_data("{}: must be a JSON object", file.string());
  return j;
}

LabelMap labels_for(const DataConfig& config, const json& j, const fs::path& root) {
  return config.labels.empty()
             ? label_map(described_labels(j, root), (root / "dataset.json").string() + ": 'labels'")
             : label_map(config.labels);
}

std::optional<DescribedLabels> described_label_map(const fs::path& folder) {
  if (!fs::exists(folder / "dataset.json")) return std::nullopt;
  const json j = dataset_description(folder);
  if (j.contains("labels") && j["labels"].is_object())
    for (const auto& [name, entry] : j["labels"].items())
      if (entry.is_array()) return described_regions(j["labels"], folder / "dataset.json");
  return DescribedLabels{labels_for({}, j, folder), {}};
}

Dataset dataset_json(const DataConfig& config) {
  const fs::path root = config.root.text;
  const json j = dataset_description(root);
  if (!fs::is_directory(root / "imagesTr"))
    fail_data(
        "{}: has no folder imagesTr, which data.layout: dataset_json needs; correct data.root or "
        "data.layout",
        root.string());
  Dataset dataset;
  dataset.labels = labels_for(config, j, root);
  const auto all = listed_channels(j, root);
  Naming naming{described_endings(j, root), wanted_channels(config, all)};
  naming.numbered =
      numbered_images(root, naming.endings, std::max(all.size(), naming.channels.size()));
  for (const NumberedChannel& channel : naming.channels) {
    dataset.channels.push_back(channel.name);
    dataset.channel_numbers.push_back(channel.number);
  }
  for (const char* part : {"Tr", "Va", "Ts"})
    cases_of(root / (std::string("images") + part), root / (std::string("labels") + part), config,
             naming, dataset);
  return dataset;
}

}  // namespace seg
