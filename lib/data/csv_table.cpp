#include "data/csv_table.h"

#include "core/error.h"
#include "core/files.h"

#include <sstream>

namespace seg {
namespace {

std::vector<std::string> values_of(const std::string& line, const std::string& place) {
  std::vector<std::string> values(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"')
      values.back() += line[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      values.emplace_back();
    else
      values.back() += c;
  }
  if (quoted) fail_data("{}: has a double quote that does not end; mend the line", place);
  return values;
}

}  // namespace

CsvTable read_csv(const std::filesystem::path& file) {
  std::istringstream text(read_file(file));
  CsvTable table;
  std::string line;
  for (std::size_t number = 1; std::getline(text, line); ++number) {
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const std::string place = fmt::format("{}:{}", file.string(), number);
    std::vector<std::string> values = values_of(line, place);
    if (table.columns.empty()) {
      table.columns = std::move(values);
      continue;
    }
    if (values.size() != table.columns.size())
      fail_data("{}: has {} values, the first line names {} columns; mend the line", place,
                values.size(), table.columns.size());
    table.rows.push_back({number, std::move(values)});
  }
  return table;
}

}  // namespace seg
