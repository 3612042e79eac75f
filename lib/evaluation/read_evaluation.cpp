// dsc.csv read back.
#include "core/error.h"
#include "data/csv_table.h"
#include "evaluation/comparison.h"
#include "report/metric_csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>

namespace seg {
namespace fs = std::filesystem;
namespace {

std::size_t column_of(const CsvTable& table, const std::string& name, const fs::path& file) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  if (found == table.columns.end())
    fail_data("{}: has no column '{}'; evaluate the run again with segeval", file.string(), name);
  return static_cast<std::size_t>(found - table.columns.begin());
}

double value_of(const std::string& text, const fs::path& file, std::size_t line) {
  if (text.empty()) return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    fail_data("{}:{}: '{}' is no number; evaluate the run again", file.string(), line, text);
  return value;
}

// What the rows say of the first columns, which all rows share.
std::string what_of(const CsvTable& table) {
  std::string text;
  for (const char* name : {"dataset", "part", "space"}) {
    const auto found = std::find(table.columns.begin(), table.columns.end(), name);
    if (found == table.columns.end() || table.rows.empty()) continue;
    const auto at = static_cast<std::size_t>(found - table.columns.begin());
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, table.rows[0].values[at]);
  }
  return text;
}

}  // namespace

Better better_of(const std::string& column) {
  if (column.starts_with("nsd_") && column.ends_with("mm")) return Better::higher;
  std::string known;
  for (const Metric& m : metrics_of({})) {
    if (column_name(m) == column) return m.higher_is_better ? Better::higher : Better::lower;
    known += column_name(m) + ", ";
  }
  fail_config("--metric {}: is none of {}nsd_1mm (or another tolerance); name one of them", column,
              known);
}

std::size_t place_in(std::vector<std::string>& list, const std::string& name) {
  const auto found = std::find(list.begin(), list.end(), name);
  if (found != list.end()) return static_cast<std::size_t>(found - list.begin());
  list.push_back(name);
  return list.size() - 1;
}

EvaluatedRun read_evaluation(const fs::path& place, const std::string& metric) {
  better_of(metric);
  const fs::path file = fs::is_directory(place) ? place / "dsc.csv" : place;
  if (!fs::exists(file))
    fail_data("--compare {}: there is no {}; evaluate the run with segeval first", place.string(),
              file.string());
  const CsvTable table = read_csv(file);
  const std::size_t in_case = column_of(table, "case", file),
                    in_region = column_of(table, "region", file),
                    in_metric = column_of(table, metric, file);
  EvaluatedRun run{.name = place.string(), .what = what_of(table)};
  std::map<std::pair<std::size_t, std::size_t>, double> values;
  for (const CsvTable::Row& row : table.rows) {
    const std::pair at{place_in(run.cases, row.values[in_case]),
                       place_in(run.regions, row.values[in_region])};
    if (!values.emplace(at, value_of(row.values[in_metric], file, row.line)).second)
      fail_data("{}:{}: case {} has the region {} twice", file.string(), row.line,
                row.values[in_case], row.values[in_region]);
  }
  if (values.empty()) fail_data("{}: holds no case; evaluate the run again", file.string());
  if (values.size() != run.cases.size() * run.regions.size())
    fail_data("{}: not every case has a line of every region; evaluate the run again",
              file.string());
  run.values.assign(run.cases.size(), std::vector<double>(run.regions.size(), std::nan("")));
  for (const auto& [at, value] : values) run.values[at.first][at.second] = value;
  return run;
}

}  // namespace seg
