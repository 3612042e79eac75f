// A table of files: cases.csv.
#include "core/error.h"
#include "data/csv_table.h"
#include "data/each_layout.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace seg {
namespace fs = std::filesystem;
namespace {

fs::path table_of(const fs::path& root) {
  std::vector<fs::path> tables;
  for (const auto& entry : fs::directory_iterator(root))
    if (entry.path().extension() == ".csv") tables.push_back(entry.path());
  std::sort(tables.begin(), tables.end());
  if (fs::exists(root / "cases.csv")) return root / "cases.csv";
  if (tables.empty())
    fail_data("{}: holds no CSV file, which data.layout: csv needs; write cases.csv",
              root.string());
  if (tables.size() > 1)
    fail_data("{}: holds several CSV files; name the one of data.layout: csv cases.csv",
              root.string());
  return tables[0];
}

std::optional<std::size_t> column_of(const CsvTable& table, const std::string& name) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  return found == table.columns.end() ? std::nullopt
                                      : std::optional<std::size_t>(found - table.columns.begin());
}

std::size_t needed_column(const CsvTable& table, const std::string& name, const fs::path& file) {
  if (const auto column = column_of(table, name)) return *column;
  fail_data(
      "{}: has no column '{}'; add it (the columns are id, one per channel, label and optionally "
      "split)",
      file.string(), name);
}

std::vector<std::string> table_channels(const DataConfig& config, const CsvTable& table) {
  std::vector<std::string> names;
  for (const auto& channel : config.channels) names.push_back(channel.first);
  if (!names.empty()) return names;
  for (const std::string& name : table.columns)
    if (name != "id" && name != "label" && name != "split") names.push_back(name);
  return names;
}

// A file that the table names, beside the table unless the path is absolute; empty where it names
// none.
fs::path listed_file(const fs::path& root, const std::string& id, const std::string& text,
                     const std::string& column, Dataset& dataset) {
  if (text.empty())
    dataset.problems.push_back({id, "", fmt::format("has no file in column '{}'", column)});
  if (text.empty()) return {};
  const fs::path file = root / text;
  if (!fs::is_regular_file(file))
    dataset.problems.push_back({id, "", fmt::format("{} does not exist", file.string())});
  return file;
}

// What the column `split` says of a case; nothing where it is empty.
std::optional<SplitPart> part_of(const std::string& text, const Case& c, const std::string& place) {
  const auto part = choice_of<SplitPart>(text);
  if (!part && !text.empty())
    fail_data("{}: the split '{}' of case {} is none of train, validation and test; correct it",
              place, text, c.id);
  return part;
}

void check_row(const Case& c, const std::string& place) {
  if (c.id.empty()) fail_data("{}: the id is empty; give the case one", place);
  if (c.id.starts_with(".") || c.id.find('/') != std::string::npos)
    fail_data(
        "{}: the id '{}' holds a '/' or begins with a dot; rename the case, whose files are named "
        "after it",
        place, c.id);
}

}  // namespace

Dataset csv(const DataConfig& config) {
  const fs::path root = config.root.text, file = table_of(root);
  const CsvTable table = read_csv(file);
  const std::size_t id = needed_column(table, "id", file);
  Dataset dataset;
  dataset.channels = table_channels(config, table);
  if (dataset.channels.empty())
    fail_data("{}: has no column of images; add one per channel", file.string());
  std::vector<std::size_t> columns;
  for (const std::string& name : dataset.channels)
    columns.push_back(needed_column(table, name, file));
  const auto label = column_of(table, "label"), part = column_of(table, "split");
  for (const auto& [line, values] : table.rows) {
    Case c;
    c.id = values[id];
    const std::string place = fmt::format("{}:{}", file.string(), line);
    check_row(c, place);
    if (part) c.part = part_of(values[*part], c, place);
    for (const std::size_t column : columns)
      c.channels.push_back(listed_file(root, c.id, values[column], table.columns[column], dataset));
    if (label && !values[*label].empty())
      c.label = listed_file(root, c.id, values[*label], "label", dataset);
    dataset.cases.push_back(c);
  }
  dataset.labels = labels_for(
      config, config.labels.empty() ? dataset_description(root) : nlohmann::json(), root);
  return dataset;
}

}  // namespace seg
