#include "data/layouts.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "data/csv_table.h"
#include "prep/verify.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <optional>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr std::size_t most_reported = 20;

// How the names of volumes end.
using Endings = std::vector<std::string>;
const Endings& any_ending() {
  static const Endings both = {".nii.gz", ".nii"};
  return both;
}

// The suffixes that BraTS releases use, by channel name.
const std::map<std::string, std::vector<std::string>>& brats_suffixes() {
  static const std::map<std::string, std::vector<std::string>> known = {
      {"flair", {"_flair", "-t2f"}}, {"t1", {"_t1", "-t1n"}},     {"t1ce", {"_t1ce", "-t1c"}},
      {"t2", {"_t2", "-t2w"}},       {"t2f", {"-t2f", "_flair"}}, {"t1n", {"-t1n", "_t1"}},
      {"t1c", {"-t1c", "_t1ce"}},    {"t2w", {"-t2w", "_t2"}},    {"seg", {"_seg", "-seg"}}};
  return known;
}

std::optional<fs::path> existing(const fs::path& stem, const Endings& endings = any_ending()) {
  for (const std::string& ending : endings)
    if (fs::exists(stem.string() + ending)) return stem.string() + ending;
  return std::nullopt;
}

// "" where the file is no volume, or hidden.
std::string stem_of(const fs::path& file, const Endings& endings = any_ending()) {
  const std::string name = file.filename().string();
  for (const std::string& ending : endings)
    if (name.ends_with(ending) && !name.starts_with(".")) return name.substr(0, name.size() - ending.size());
  return "";
}

// A label value or a channel number; nothing where the text is neither.
std::optional<int> number_of(const std::string& text) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoi(text);
}

// "a, b, c", at most `most` of them.
std::string listed(const std::vector<std::string>& names, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i ? ", " : "") + names[i];
  return names.size() > most ? fmt::format("{} and {} more", text, names.size() - most) : text;
}

// The files of a folder in order; none where there is no such folder.
std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

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

Dataset case_folders(const DataConfig& config) {
  if (config.channels.empty())
    fail_config("data.channels is empty: name the channels of data.layout: case_folders, e.g. [flair, t1, t1ce, t2]");
  if (config.labels.empty())
    fail_config("data.labels is empty: BraTS releases number their labels differently, e.g. {{1: NTC, 2: ED, 4: ET}} for 2021");
  Dataset dataset;
  dataset.labels = label_map(config.labels);
  for (const auto& channel : config.channels) dataset.channels.push_back(channel.first);
  for (const auto& entry : fs::directory_iterator(config.root.text)) {
    Case c;
    c.id = entry.path().filename().string();
    if (!entry.is_directory() || c.id.starts_with(".")) continue;
    for (const auto& [name, suffix] : config.channels) {
      const auto file = channel_file(entry.path(), c.id, name, suffix);
      c.channels.push_back(file.value_or(fs::path()));
      if (!file) dataset.problems.push_back({c.id, "", fmt::format("has no file for channel '{}'", name)});
    }
    if (const auto label = channel_file(entry.path(), c.id, "seg", "")) c.label = *label;
    dataset.cases.push_back(c);
  }
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

// Labels of dataset.json, written {"1": "liver"} (Decathlon, AMOS) or {"liver": 1} (nnU-Net), by value.
Pairs described_labels(const json& j, const fs::path& root) {
  if (!j.contains("labels") || !j["labels"].is_object())
    fail_data(
        "{}: neither data.labels nor a dataset.json with 'labels' says what the label values mean; set data.labels, e.g. {{1: liver}}",
        root.string());
  std::map<std::int64_t, std::string> names;
  for (const auto& [key, entry] : j["labels"].items()) {
    if (entry.is_array())
      fail_data(
          "{}: 'labels' of dataset.json holds regions ('{}' is a list of values); set data.labels to the classes, and the regions "
          "in evaluation.regions",
          root.string(), key);
    const auto number = entry.is_number_integer() ? entry.get<std::int64_t>() : number_of(key).value_or(-1);
    if (number < 0 || (!entry.is_number_integer() && !entry.is_string()))
      fail_data("{}: 'labels' of dataset.json must map a value to a name or a name to a value ('{}' does neither); correct it",
                root.string(), key);
    const std::string name = entry.is_string() ? entry.get<std::string>() : key;
    if (const auto [at, fresh] = names.emplace(number, name); !fresh)
      fail_data("{}: 'labels' of dataset.json calls the value {} both '{}' and '{}'; correct it, or set data.labels", root.string(), number,
                at->second, name);
  }
  Pairs labels;
  for (const auto& [number, name] : names) labels.emplace_back(std::to_string(number), name);
  return labels;
}

// What the layout's own description says where data.labels says nothing.
LabelMap labels_for(const DataConfig& config, const json& j, const fs::path& root) {
  return config.labels.empty() ? label_map(described_labels(j, root), (root / "dataset.json").string() + ": 'labels'")
                               : label_map(config.labels);
}

struct Channel {
  int number;  // of NAME_0000
  std::string name;
};

// Channels of dataset.json by number: "channel_names" (nnU-Net) or "modality" (Decathlon, AMOS); none where it has neither.
std::vector<Channel> listed_channels(const json& j, const fs::path& root) {
  std::vector<Channel> channels;
  for (const char* key : {"channel_names", "modality"}) {
    if (!channels.empty() || !j.contains(key) || !j[key].is_object()) continue;
    for (const auto& [text, name] : j[key].items()) {
      const auto number = number_of(text);
      if (!number)
        fail_data("{}: '{}' of dataset.json must map channel numbers to names ('{}' is no number); correct it", root.string(), key, text);
      channels.push_back({*number, name.is_string() ? name.get<std::string>() : text});
    }
  }
  std::sort(channels.begin(), channels.end(), [](const Channel& a, const Channel& b) { return a.number < b.number; });
  return channels;
}

// data.channels, each with its number in dataset.json's list, or its position where there is none; all that is listed without it.
std::vector<Channel> wanted_channels(const DataConfig& config, const std::vector<Channel>& all) {
  if (config.channels.empty()) return all.empty() ? std::vector<Channel>{{0, "image"}} : all;
  std::vector<Channel> channels;
  std::vector<std::string> unknown, known;
  for (const Channel& channel : all) known.push_back(channel.name);
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
    fail_config("data.channels: dataset.json does not list {}; it lists {}", listed(unknown, most_reported), listed(known, most_reported));
  return channels;
}

Endings described_endings(const json& j, const fs::path& root) {
  if (!j.contains("file_ending")) return any_ending();
  const std::string ending = j["file_ending"].is_string() ? j["file_ending"].get<std::string>() : j["file_ending"].dump();
  if (ending != ".nii.gz" && ending != ".nii")
    fail_data("{}: 'file_ending' of dataset.json is {}, but only .nii.gz and .nii are read; convert the volumes", root.string(), ending);
  return {ending};
}

bool wanted_modality(const std::string& id, const std::string& modality) {
  const std::size_t digits = id.find_last_not_of("0123456789") + 1;
  if (modality == "all" || digits >= id.size()) return true;
  return (std::atol(id.c_str() + digits) < 500) == (modality == "ct");
}

// How the images of a data set are called.
struct Naming {
  Endings endings;
  std::vector<Channel> channels;  // that are wanted
  bool numbered = false;          // NAME_0000 throughout, not NAME
};

// Whether images are called NAME_0000: there are several channels, or no image has the very name of a label.
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

// The image of one wanted channel, or a problem.
void place_image(const fs::path& file, int number, const Naming& naming, Case& c, std::vector<FileProblem>& problems) {
  for (std::size_t k = 0; k < naming.channels.size(); ++k) {
    if (naming.channels[k].number != number) continue;
    if (c.channels[k].empty())
      c.channels[k] = file;
    else
      problems.push_back(
          {c.id, file,
           fmt::format("is channel '{}' as {} is; remove one of them", naming.channels[k].name, c.channels[k].filename().string())});
  }
}

// The cases of one images folder: NAME.nii.gz, or NAME_0000.nii.gz, NAME_0001.nii.gz ...
void cases_of(const fs::path& images, const fs::path& labels, const DataConfig& config, const Naming& naming, Dataset& dataset) {
  if (!fs::is_directory(images)) return;
  std::map<std::string, Case> found;
  for (const fs::path& file : files_of(images)) {
    const std::string stem = stem_of(file, naming.endings);
    const auto own = naming.numbered && !existing(labels / stem, naming.endings) ? numbered_name(stem) : std::nullopt;
    const auto [id, number] = own.value_or(NumberedName{stem, 0});
    if (stem.empty() || !wanted_modality(id, config.modality)) continue;
    Case& c = found[id];
    c.id = id;
    c.channels.resize(naming.channels.size());
    place_image(file, number, naming, c, dataset.problems);
  }
  for (auto& [id, c] : found) {
    for (std::size_t k = 0; k < c.channels.size(); ++k)
      if (c.channels[k].empty())
        dataset.problems.push_back(
            {id, "", fmt::format("has no file {}_{:04} (channel '{}')", id, naming.channels[k].number, naming.channels[k].name)});
    if (const auto label = existing(labels / id, naming.endings)) c.label = *label;
    dataset.cases.push_back(c);
  }
  for (const fs::path& file : files_of(labels)) {
    const std::string id = stem_of(file, naming.endings);
    if (!id.empty() && !found.contains(id) && wanted_modality(id, config.modality)) dataset.lone_labels.push_back(file);
  }
}

Dataset dataset_json(const DataConfig& config) {
  const fs::path root = config.root.text;
  const json j = dataset_description(root);
  if (!fs::is_directory(root / "imagesTr"))
    fail_data("{}: has no folder imagesTr, which data.layout: dataset_json needs; correct data.root or data.layout", root.string());
  Dataset dataset;
  dataset.labels = labels_for(config, j, root);
  const auto all = listed_channels(j, root);
  Naming naming{described_endings(j, root), wanted_channels(config, all)};
  naming.numbered = numbered_images(root, naming.endings, std::max(all.size(), naming.channels.size()));
  for (const Channel& channel : naming.channels) dataset.channels.push_back(channel.name);
  for (const char* part : {"Tr", "Va", "Ts"})
    cases_of(root / (std::string("images") + part), root / (std::string("labels") + part), config, naming, dataset);
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
  fail_data("{}: has no column '{}'; add it (the columns are id, one per channel, label and optionally split)", file.string(), name);
}

std::vector<std::string> table_channels(const DataConfig& config, const CsvTable& table) {
  std::vector<std::string> names;
  for (const auto& channel : config.channels) names.push_back(channel.first);
  if (!names.empty()) return names;
  for (const std::string& name : table.columns)
    if (name != "id" && name != "label" && name != "split") names.push_back(name);
  return names;
}

// A file that the table names, beside the table unless the path is absolute; empty where it names none.
fs::path listed_file(const fs::path& root, const std::string& id, const std::string& text, const std::string& column, Dataset& dataset) {
  if (text.empty()) dataset.problems.push_back({id, "", fmt::format("has no file in column '{}'", column)});
  if (text.empty()) return {};
  const fs::path file = root / text;
  if (!fs::is_regular_file(file)) dataset.problems.push_back({id, "", fmt::format("{} does not exist", file.string())});
  return file;
}

void check_row(const Case& c, const std::string& place) {
  if (c.id.empty()) fail_data("{}: the id is empty; give the case one", place);
  if (c.id.starts_with(".") || c.id.find('/') != std::string::npos)
    fail_data("{}: the id '{}' holds a '/' or begins with a dot; rename the case, whose files are named after it", place, c.id);
  if (!c.part.empty() && c.part != "train" && c.part != "validation" && c.part != "test")
    fail_data("{}: the split '{}' of case {} is none of train, validation and test; correct it", place, c.part, c.id);
}

Dataset csv(const DataConfig& config) {
  const fs::path root = config.root.text, file = table_of(root);
  const CsvTable table = read_csv(file);
  const std::size_t id = needed_column(table, "id", file);
  Dataset dataset;
  dataset.channels = table_channels(config, table);
  if (dataset.channels.empty()) fail_data("{}: has no column of images; add one per channel", file.string());
  std::vector<std::size_t> columns;
  for (const std::string& name : dataset.channels) columns.push_back(needed_column(table, name, file));
  const auto label = column_of(table, "label"), part = column_of(table, "split");
  for (const auto& [line, values] : table.rows) {
    Case c;
    c.id = values[id];
    if (part) c.part = values[*part];
    check_row(c, fmt::format("{}:{}", file.string(), line));
    for (const std::size_t column : columns) c.channels.push_back(listed_file(root, c.id, values[column], table.columns[column], dataset));
    if (label && !values[*label].empty()) c.label = listed_file(root, c.id, values[*label], "label", dataset);
    dataset.cases.push_back(c);
  }
  dataset.labels = labels_for(config, config.labels.empty() ? dataset_description(root) : json(), root);
  return dataset;
}

Dataset found_cases(const DataConfig& config) {
  if (config.layout == "case_folders") return case_folders(config);
  return config.layout == "csv" ? csv(config) : dataset_json(config);
}

std::string first_file(const Case& c) {
  const auto found = std::find_if(c.channels.begin(), c.channels.end(), [](const fs::path& file) { return !file.empty(); });
  return found == c.channels.end() ? "no file" : found->string();
}

void refuse_twins(const std::vector<Case>& cases, const std::string& root) {
  for (std::size_t i = 1; i < cases.size(); ++i)
    if (cases[i].id == cases[i - 1].id)
      fail_data("{}: the case {} is there twice ({} and {}); remove or rename one", root, cases[i].id, first_file(cases[i - 1]),
                first_file(cases[i]));
}

void refuse_problems(const std::vector<FileProblem>& problems, const std::string& root) {
  if (problems.empty()) return;
  std::string text;
  for (std::size_t i = 0; i < std::min(most_reported, problems.size()); ++i) {
    const std::string name = problems[i].file.filename().string();
    text += fmt::format("\n  case {}: {}{}{}", problems[i].id, name, name.empty() ? "" : " ", problems[i].detail);
  }
  if (problems.size() > most_reported) text += fmt::format("\n  and {} more", problems.size() - most_reported);
  fail_data("{}: {} problem{}; mend the data set or the keys data.layout and data.channels:{}", root, problems.size(),
            problems.size() == 1 ? "" : "s", text);
}

void warn_of_lone_labels(const std::vector<fs::path>& files, const std::string& root) {
  if (files.empty()) return;
  std::vector<std::string> names;
  for (const fs::path& file : files) names.push_back(file.filename().string());
  log::warn("{}: {} label file{} without an image, not used: {}", root, files.size(), files.size() == 1 ? "" : "s", listed(names, 5));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

LabelMap label_map(const Pairs& labels, const std::string& source) {
  LabelMap map;
  map.classes = {"background"};
  map.to_file = {0};
  map.to_class[0] = 0;
  for (const auto& [text, name] : labels) {
    const int value = number_of(text).value_or(-1);
    if (value < 0 || value > 65535) fail_config("{}: '{}' is not a label value; it maps values to names, e.g. {{1: liver}}", source, text);
    if (value == 0 && lower(name) != "background")
      fail_config("{}: the value 0 is named '{}', but 0 is always the background; leave it out or name it background", source, name);
    if (value == 0) continue;
    if (name.empty()) fail_config("{}: the value {} has no name; give it one", source, value);
    if (name == "ignore") {
      map.to_class[value] = 255;
      continue;
    }
    auto found = std::find(map.classes.begin(), map.classes.end(), name);
    if (found == map.classes.end()) {
      found = map.classes.insert(map.classes.end(), name);
      map.to_file.push_back(value);
    }
    map.to_class[value] = static_cast<std::uint8_t>(found - map.classes.begin());
  }
  if (map.classes.size() < 2) fail_config("{} names no class besides background; name one", source);
  if (map.classes.size() > 255) fail_config("{} names {} classes; at most 254 are possible", source, map.classes.size() - 1);
  return map;
}

std::optional<NumberedName> numbered_name(const std::string& stem) {
  if (stem.size() < 6 || stem[stem.size() - 5] != '_') return std::nullopt;
  const auto number = number_of(stem.substr(stem.size() - 4));
  return number ? std::optional(NumberedName{stem.substr(0, stem.size() - 5), *number}) : std::nullopt;
}

Dataset find_dataset(const DataConfig& config, Incomplete incomplete) {
  if (config.root.empty()) fail_config("data.root is empty: set it to the data set's folder, e.g. --set data.root=/data/amos22");
  if (!fs::is_directory(config.root.text)) fail_data("{}: data.root is no folder; correct the path", config.root.text);
  if (config.modality != "all" && config.layout != "dataset_json")
    fail_config("data.modality: {} selects AMOS scans, which data.layout: {} does not know; set it to all", config.modality, config.layout);
  Dataset dataset = found_cases(config);
  dataset.name = fs::weakly_canonical(config.root.text).filename().string();
  std::stable_sort(dataset.cases.begin(), dataset.cases.end(), [](const Case& a, const Case& b) { return a.id < b.id; });
  refuse_twins(dataset.cases, config.root.text);
  if (dataset.cases.empty())
    fail_data("{}: holds no case for data.layout: {}; check the folder and the layout", config.root.text, config.layout);
  if (incomplete == Incomplete::keep) return dataset;
  refuse_problems(dataset.problems, config.root.text);
  warn_of_lone_labels(dataset.lone_labels, config.root.text);
  return dataset;
}

std::vector<Problem> layout_problems(const Dataset& dataset) {
  std::vector<Problem> problems;
  for (const FileProblem& p : dataset.problems)
    problems.push_back({p.file.empty() ? ProblemKind::missing_channel : ProblemKind::two_files, p.id, p.file, p.detail});
  for (const fs::path& file : dataset.lone_labels) problems.push_back({ProblemKind::lone_label, stem_of(file), file, "has no image"});
  std::vector<std::string> unlabelled;
  for (const Case& c : dataset.cases)
    if (c.label.empty()) unlabelled.push_back(c.id);
  if (!unlabelled.empty())
    problems.push_back({ProblemKind::no_label, "", "",
                        fmt::format("{} of {} cases: {}", unlabelled.size(), dataset.cases.size(), listed(unlabelled, most_reported))});
  return problems;
}

}  // namespace seg
