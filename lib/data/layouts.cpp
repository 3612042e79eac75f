#include "data/layouts.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "data/csv_table.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr int most_reported = 20;

// The suffixes that BraTS releases use, by channel name.
const std::map<std::string, std::vector<std::string>>& brats_suffixes() {
  static const std::map<std::string, std::vector<std::string>> known = {
      {"flair", {"_flair", "-t2f"}}, {"t1", {"_t1", "-t1n"}},     {"t1ce", {"_t1ce", "-t1c"}},
      {"t2", {"_t2", "-t2w"}},       {"t2f", {"-t2f", "_flair"}}, {"t1n", {"-t1n", "_t1"}},
      {"t1c", {"-t1c", "_t1ce"}},    {"t2w", {"-t2w", "_t2"}},    {"seg", {"_seg", "-seg"}}};
  return known;
}

std::optional<fs::path> existing(const fs::path& stem) {
  for (const char* ending : {".nii.gz", ".nii"})
    if (fs::exists(stem.string() + ending)) return stem.string() + ending;
  return std::nullopt;
}

std::string without_ending(const std::string& name) {
  for (const std::string ending : {".nii.gz", ".nii"})
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  return "";
}

// Collects problems and reports them together.
class Problems {
 public:
  explicit Problems(Incomplete incomplete) : keep_(incomplete == Incomplete::keep) {}
  void add(const std::string& text) {
    if (++count_ <= most_reported) text_ += "\n  " + text;
  }
  void raise(const fs::path& root) const {
    if (count_ == 0 || keep_) return;
    fail_data("{}: {} problem{}; mend the data set or the keys data.layout and data.channels:{}{}", root.string(), count_,
              count_ == 1 ? "" : "s", text_, count_ > most_reported ? fmt::format("\n  and {} more", count_ - most_reported) : "");
  }

 private:
  bool keep_;
  int count_ = 0;
  std::string text_;
};

// The file of one BraTS channel, by the suffix the configuration gives or the known ones.
std::optional<fs::path> channel_file(const fs::path& folder, const std::string& id, const std::string& name, const std::string& given) {
  if (!given.empty()) {
    const fs::path file = folder / (id + given);
    return fs::exists(file) ? std::optional(file) : existing(file);
  }
  const auto known = brats_suffixes().find(name);
  const std::vector<std::string> suffixes =
      known == brats_suffixes().end() ? std::vector<std::string>{"_" + name, "-" + name} : known->second;
  for (const std::string& suffix : suffixes)
    if (auto file = existing(folder / (id + suffix))) return file;
  return std::nullopt;
}

Dataset case_folders(const DataConfig& config, Incomplete incomplete) {
  if (config.channels.empty())
    fail_config("data.channels is empty: name the channels of data.layout: case_folders, e.g. [flair, t1, t1ce, t2]");
  if (config.labels.empty())
    fail_config("data.labels is empty: BraTS releases number their labels differently, e.g. {{1: NTC, 2: ED, 4: ET}} for 2021");
  Dataset dataset;
  dataset.labels = label_map(config.labels);
  for (const auto& channel : config.channels) dataset.channels.push_back(channel.first);
  Problems problems(incomplete);
  for (const auto& entry : fs::directory_iterator(config.root.text)) {
    Case c;
    c.id = entry.path().filename().string();
    if (!entry.is_directory() || c.id.starts_with(".")) continue;
    for (const auto& [name, suffix] : config.channels) {
      const auto file = channel_file(entry.path(), c.id, name, suffix);
      c.channels.push_back(file.value_or(fs::path()));
      if (!file) problems.add(fmt::format("case {}: has no file for channel '{}'", c.id, name));
    }
    if (const auto label = channel_file(entry.path(), c.id, "seg", "")) c.label = *label;
    dataset.cases.push_back(c);
  }
  problems.raise(config.root.text);
  return dataset;
}

json dataset_description(const fs::path& root) {
  const fs::path file = root / "dataset.json";
  if (!fs::exists(file)) return json::object();
  try {
    const json j = json::parse(read_file(file));
    if (!j.is_object()) fail_data("{}: must be a JSON object", file.string());
    return j;
  } catch (const json::exception& e) {
    fail_data("{}: is not valid JSON ({})", file.string(), e.what());
  }
}

// Labels of dataset.json, written {"1": "liver"} (Decathlon, AMOS) or {"liver": 1} (nnU-Net).
Pairs described_labels(const json& j, const fs::path& root) {
  Pairs labels;
  if (!j.contains("labels") || !j["labels"].is_object())
    fail_data(
        "{}: neither data.labels nor a dataset.json with 'labels' says what the label values mean; set data.labels, e.g. {{1: liver}}",
        root.string());
  for (const auto& [key, value] : j["labels"].items()) {
    if (value.is_number_integer())
      labels.emplace_back(std::to_string(value.get<int>()), key);
    else if (value.is_string())
      labels.emplace_back(key, value.get<std::string>());
    else
      fail_data("{}: 'labels' of dataset.json must map a value to a name or a name to a value ('{}' does neither)", root.string(), key);
  }
  std::sort(labels.begin(), labels.end(),
            [](const auto& a, const auto& b) { return std::atoi(a.first.c_str()) < std::atoi(b.first.c_str()); });
  return labels;
}

std::vector<std::string> described_channels(const DataConfig& config, const json& j) {
  std::vector<std::string> names;
  for (const auto& channel : config.channels) names.push_back(channel.first);
  if (!names.empty()) return names;
  for (const char* key : {"channel_names", "modality"})
    if (names.empty() && j.contains(key) && j[key].is_object())
      for (const auto& item : j[key].items()) names.push_back(item.value().is_string() ? item.value().get<std::string>() : item.key());
  return names.empty() ? std::vector<std::string>{"image"} : names;
}

bool wanted_modality(const std::string& id, const std::string& modality) {
  const std::size_t digits = id.find_last_not_of("0123456789") + 1;
  if (modality == "all" || digits >= id.size()) return true;
  return (std::atol(id.c_str() + digits) < 500) == (modality == "ct");
}

// Whether an image's name ends in the number of one of its `channels`: _0000, _0001, ... (amos_0600 does not; nor does a name that has a
// label of its own).
bool names_channel(const std::string& stem, std::size_t channels, const fs::path& labels) {
  if (stem.size() < 6 || stem[stem.size() - 5] != '_' || stem.find_last_not_of("0123456789") != stem.size() - 5) return false;
  const bool in_range = std::stoul(stem.substr(stem.size() - 4)) < channels;
  return in_range && (channels > 1 || !existing(labels / stem));
}

// The cases of one images folder: NAME.nii.gz, or NAME_0000.nii.gz, NAME_0001.nii.gz ...
void cases_of(const fs::path& images, const fs::path& labels, const DataConfig& config, std::size_t channels, Dataset& dataset,
              Problems& problems) {
  if (!fs::is_directory(images)) return;
  std::map<std::string, Case> found;
  for (const auto& entry : fs::directory_iterator(images)) {
    const std::string stem = without_ending(entry.path().filename().string());
    if (stem.empty() || stem.starts_with(".")) continue;
    const std::string id = names_channel(stem, channels, labels) ? stem.substr(0, stem.size() - 5) : stem;
    if (wanted_modality(id, config.modality)) found[id].channels.push_back(entry.path());
  }
  for (auto& [id, c] : found) {
    c.id = id;
    std::sort(c.channels.begin(), c.channels.end());
    if (const auto label = existing(labels / id)) c.label = *label;
    if (c.channels.size() != channels)
      problems.add(fmt::format("case {}: has {} channel files, {} are needed", id, c.channels.size(), channels));
    c.channels.resize(channels);
    dataset.cases.push_back(c);
  }
  if (!fs::is_directory(labels)) return;
  for (const auto& entry : fs::directory_iterator(labels)) {
    const std::string id = without_ending(entry.path().filename().string());
    if (!id.empty() && !id.starts_with(".") && !found.contains(id) && wanted_modality(id, config.modality))
      dataset.lone_labels.push_back(entry.path());
  }
}

void warn_of_lone_labels(std::vector<fs::path> files, const std::string& root) {
  if (files.empty()) return;
  std::sort(files.begin(), files.end());
  std::string names;
  for (std::size_t i = 0; i < std::min<std::size_t>(5, files.size()); ++i) names += (i ? ", " : "") + files[i].filename().string();
  log::warn("{}: {} label file{} without an image, not used: {}{}", root, files.size(), files.size() == 1 ? "" : "s", names,
            files.size() > 5 ? ", ..." : "");
}

Dataset dataset_json(const DataConfig& config, Incomplete incomplete) {
  const fs::path root = config.root.text;
  const json j = dataset_description(root);
  Dataset dataset;
  dataset.labels = label_map(config.labels.empty() ? described_labels(j, root) : config.labels);
  dataset.channels = described_channels(config, j);
  if (!fs::is_directory(root / "imagesTr"))
    fail_data("{}: has no folder imagesTr, so it is not of data.layout: dataset_json", root.string());
  Problems problems(incomplete);
  for (const char* part : {"Tr", "Va", "Ts"})
    cases_of(root / (std::string("images") + part), root / (std::string("labels") + part), config, dataset.channels.size(), dataset,
             problems);
  problems.raise(root);
  return dataset;
}

fs::path table_of(const fs::path& root) {
  std::vector<fs::path> tables;
  for (const auto& entry : fs::directory_iterator(root))
    if (entry.path().extension() == ".csv") tables.push_back(entry.path());
  std::sort(tables.begin(), tables.end());
  if (fs::exists(root / "cases.csv")) return root / "cases.csv";
  if (tables.empty()) fail_data("{}: holds no CSV file, which data.layout: csv needs; write cases.csv", root.string());
  if (tables.size() > 1) fail_data("{}: holds several CSV files; name the one of data.layout: csv cases.csv", root.string());
  return tables[0];
}

std::optional<std::size_t> column_of(const CsvTable& table, const std::string& name) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  return found == table.columns.end() ? std::nullopt : std::optional<std::size_t>(found - table.columns.begin());
}

std::size_t needed_column(const CsvTable& table, const std::string& name, const fs::path& file) {
  if (const auto column = column_of(table, name)) return *column;
  fail_data("{}: has no column '{}'; the columns are id, one per channel, label and optionally split", file.string(), name);
}

std::vector<std::string> table_channels(const DataConfig& config, const CsvTable& table) {
  std::vector<std::string> names;
  for (const auto& channel : config.channels) names.push_back(channel.first);
  if (!names.empty()) return names;
  for (const std::string& name : table.columns)
    if (name != "id" && name != "label" && name != "split") names.push_back(name);
  return names;
}

// A file that the table names, beside the table unless the path is absolute.
fs::path listed_file(const fs::path& root, const std::string& id, const std::string& text, Problems& problems) {
  const fs::path file = root / text;
  if (text.empty() || !fs::is_regular_file(file))
    problems.add(text.empty() ? fmt::format("case {}: a channel is empty", id)
                              : fmt::format("case {}: {} does not exist", id, file.string()));
  return file;
}

Dataset csv(const DataConfig& config, Incomplete incomplete) {
  const fs::path root = config.root.text, file = table_of(root);
  const CsvTable table = read_csv(file);
  const std::size_t id = needed_column(table, "id", file);
  Dataset dataset;
  dataset.channels = table_channels(config, table);
  if (dataset.channels.empty()) fail_data("{}: has no column of images; add one per channel", file.string());
  std::vector<std::size_t> columns;
  for (const std::string& name : dataset.channels) columns.push_back(needed_column(table, name, file));
  const auto label = column_of(table, "label"), part = column_of(table, "split");
  Problems problems(incomplete);
  for (const auto& [line, values] : table.rows) {
    Case c;
    c.id = values[id];
    if (c.id.empty()) fail_data("{}:{}: the id is empty; give the case one", file.string(), line);
    for (const std::size_t column : columns) c.channels.push_back(listed_file(root, c.id, values[column], problems));
    if (label && !values[*label].empty()) c.label = listed_file(root, c.id, values[*label], problems);
    if (part) c.part = values[*part];
    if (!c.part.empty() && c.part != "train" && c.part != "validation" && c.part != "test")
      fail_data("{}:{}: the split '{}' of case {} is none of train, validation and test", file.string(), line, c.part, c.id);
    dataset.cases.push_back(c);
  }
  problems.raise(root);
  dataset.labels = label_map(config.labels.empty() ? described_labels(dataset_description(root), root) : config.labels);
  return dataset;
}

}  // namespace

LabelMap label_map(const Pairs& labels) {
  LabelMap map;
  map.classes = {"background"};
  map.to_file = {0};
  map.to_class[0] = 0;
  for (const auto& [text, name] : labels) {
    char* end = nullptr;
    const long value = std::strtol(text.c_str(), &end, 10);
    if (text.empty() || *end || value < 0 || value > 65535)
      fail_config("data.labels: '{}' is not a label value; it maps values to names, e.g. {{1: liver}}", text);
    if (value == 0) continue;
    if (name.empty()) fail_config("data.labels: the value {} has no name", value);
    if (name == "ignore") {
      map.to_class[static_cast<int>(value)] = 255;
      continue;
    }
    auto found = std::find(map.classes.begin(), map.classes.end(), name);
    if (found == map.classes.end()) {
      found = map.classes.insert(map.classes.end(), name);
      map.to_file.push_back(static_cast<int>(value));
    }
    map.to_class[static_cast<int>(value)] = static_cast<std::uint8_t>(found - map.classes.begin());
  }
  if (map.classes.size() < 2) fail_config("data.labels names no class besides background");
  if (map.classes.size() > 255) fail_config("data.labels names {} classes; at most 254 are possible", map.classes.size() - 1);
  return map;
}

Dataset find_dataset(const DataConfig& config, Incomplete incomplete) {
  if (config.root.empty()) fail_config("data.root is empty: set it to the data set's folder, e.g. --set data.root=/data/amos22");
  if (!fs::is_directory(config.root.text)) fail_data("{}: data.root is no folder; correct the path", config.root.text);
  Dataset dataset = config.layout == "case_folders" ? case_folders(config, incomplete)
                    : config.layout == "csv"        ? csv(config, incomplete)
                                                    : dataset_json(config, incomplete);
  const fs::path whole = fs::weakly_canonical(config.root.text);
  dataset.name = whole.filename().string();
  std::sort(dataset.cases.begin(), dataset.cases.end(), [](const Case& a, const Case& b) { return a.id < b.id; });
  for (std::size_t i = 1; i < dataset.cases.size(); ++i)
    if (dataset.cases[i].id == dataset.cases[i - 1].id) fail_data("{}: the case {} is there twice", config.root.text, dataset.cases[i].id);
  warn_of_lone_labels(dataset.lone_labels, config.root.text);
  if (dataset.cases.empty())
    fail_data("{}: holds no case for data.layout: {}; check the folder and the layout", config.root.text, config.layout);
  return dataset;
}

}  // namespace seg
