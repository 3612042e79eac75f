#include "study/published.h"

#include "core/error.h"
#include "data/csv_table.h"

#include <charconv>
#include <cmath>

namespace seg {
namespace {

std::size_t published_column(const CsvTable& table, const std::string& name,
                             const std::string& file) {
  if (const auto at = table.column(name)) return *at;
  fail_data("{}: has no column '{}'; published figures need organ, dsc and is_average", file, name);
}

double published_figure(const std::string& text, const std::string& file, std::size_t line) {
  if (text.empty()) return std::numeric_limits<double>::quiet_NaN();
  if (text == "-") return 0;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1))
    fail_data("{}:{}: has the dsc '{}'; write a number from 0 to 1, '-' for 0, or nothing", file,
              line, text);
  return value;
}

bool is_one(const std::string& text, const std::string& file, std::size_t line) {
  if (text != "0" && text != "1")
    fail_data("{}:{}: has is_average '{}'; write 1 for an average, 0 for a region", file, line,
              text);
  return text == "1";
}

}  // namespace

Published::Published(const Grid& grid) {
  if (grid.published.empty()) return;
  const std::string& file = grid.published.text;
  const CsvTable table = read_csv(file);
  const std::size_t organ = published_column(table, "organ", file),
                    dsc = published_column(table, "dsc", file),
                    is_average = published_column(table, "is_average", file);
  std::vector<std::size_t> in_file;
  for (std::size_t i = 0; i < grid.axes.list.size(); ++i)
    if (const auto at = table.column(grid.axes.list[i].name)) {
      axes_.push_back(i);
      in_file.push_back(*at);
    }
  const bool one_table = !grid.published_table.empty();
  if (one_table && !table.column("table"))
    fail_data("{}: has no column 'table'; name it, or leave published_table out", file);
  const std::size_t of_table = table.column("table").value_or(0);
  for (const CsvTable::Row& row : table.rows) {
    if (one_table && row.values[of_table] != grid.published_table) continue;
    Key key;
    for (const std::size_t at : in_file) key.push_back(row.values[at]);
    key.push_back(is_one(row.values[is_average], file, row.line) ? "" : row.values[organ]);
    if (!figures_.emplace(key, published_figure(row.values[dsc], file, row.line)).second)
      fail_data(
          "{}:{}: gives a figure a second time; remove the line, or say published_table in "
          "{}",
          file, row.line, grid.file.string());
  }
  if (table.rows.empty()) fail_data("{}: holds no figure; add lines, or leave it out", file);
  if (figures_.empty())
    fail_config("{}: published_table is '{}', of which {} has no row", grid.file.string(),
                grid.published_table, file);
}

double Published::find(const PlaceTitles& place, const std::string& row) const {
  Key key;
  if (place.empty()) return std::numeric_limits<double>::quiet_NaN();
  for (const std::size_t axis : axes_) key.push_back(place[axis]);
  key.push_back(row);
  const auto found = figures_.find(key);
  if (found != figures_.end()) used_.insert(key);
  return found == figures_.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

double Published::of_row(const PlaceTitles& place, const std::string& shown) const {
  return shown.empty() ? std::numeric_limits<double>::quiet_NaN() : find(place, shown);
}

std::vector<std::string> Published::unused() const {
  std::vector<std::string> names;
  for (const auto& [key, figure] : figures_) {
    if (used_.contains(key)) continue;
    std::string name;
    for (const std::string& part : key)
      name += (name.empty() ? "" : " / ") + (part.empty() ? "average" : part);
    names.push_back(name);
  }
  return names;
}

double Published::average(const PlaceTitles& place) const { return find(place, ""); }

}  // namespace seg
