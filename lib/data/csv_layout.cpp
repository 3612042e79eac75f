// A table of files: cases.csv.
#include "core/error.h"
#include "data/case_table.h"
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

std::vector<std::string> table_channels(const DataConfig& config, const CsvTable& table) {
  std::vector<std::string> names;
  for (const auto& channel : config.channels) names.push_back(channel.first);
  if (!names.empty()) return names;
  for (const std::string& name : table.columns)
    if (name != "id" && name != "label" && name != "split") names.push_back(name);
  return names;
}

// What the column `split` says of a case; nothing where it is empty.
std::optional<SplitPart> part_of(const std::string& text, const Case& c, const std::string& place) {
  const auto part = choice_of<SplitPart>(text);
  if (!part && !text.empty())
    fail_data("{}: the split '{}' of case {} is none of train, validation and test; correct it",
              place, text, c.id);
  return part;
}

}  // namespace

Dataset csv(const DataConfig& config) {
  const fs::path root = config.root.text, file = table_of(root);
  const CsvTable table = read_csv(file);
  Dataset dataset;
  dataset.channels = table_channels(config, table);
  if (dataset.channels.empty())
    fail_data("{}: has no column of images; add one per channel", file.string());
  const CaseTable cases = case_table(file, table, dataset.channels);
  const auto label = table.column("label"), part = table.column("split");
  for (const CsvTable::Row& row : table.rows) {
    Case c = listed_images(cases, row, dataset.problems);
    const std::string place = fmt::format("{}:{}", file.string(), row.line);
    if (part) c.part = part_of(row.values[*part], c, place);
    if (label && !row.values[*label].empty())
      c.label = listed_file(cases, c.id, row.values[*label], "label", dataset.problems);
    dataset.cases.push_back(c);
  }
  dataset.labels = labels_for(
      config, config.labels.empty() ? dataset_description(root) : nlohmann::json(), root);
  return dataset;
}

}  // namespace seg
