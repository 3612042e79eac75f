#include "data/case_table.h"

#include "core/error.h"

namespace seg {
namespace fs = std::filesystem;
namespace {

std::size_t needed_column(const CsvTable& table, const std::string& name, const fs::path& file) {
  if (const auto column = table.column(name)) return *column;
  fail_data(
      "{}: has no column '{}'; add it (the columns are id, one per channel, label and optionally "
      "split)",
      file.string(), name);
}

void check_id(const Case& c, const std::string& place) {
  if (c.id.empty()) fail_data("{}: the id is empty; give the case one", place);
  if (c.id.starts_with(".") || c.id.find('/') != std::string::npos)
    fail_data(
        "{}: the id '{}' holds a '/' or begins with a dot; rename the case, whose files are named "
        "after it",
        place, c.id);
}

}  // namespace

CaseTable case_table(const fs::path& file, const CsvTable& table,
                     const std::vector<std::string>& channels) {
  CaseTable cases{file, channels, needed_column(table, "id", file), {}};
  for (const std::string& name : channels)
    cases.columns.push_back(needed_column(table, name, file));
  return cases;
}

fs::path listed_file(const CaseTable& table, const std::string& id, const std::string& text,
                     const std::string& column, std::vector<FileProblem>& problems) {
  if (text.empty()) problems.push_back({id, "", fmt::format("has no file in column '{}'", column)});
  if (text.empty()) return {};
  const fs::path file = table.file.parent_path() / text;
  if (!fs::is_regular_file(file))
    problems.push_back({id, "", fmt::format("{} does not exist", file.string())});
  return file;
}

Case listed_images(const CaseTable& table, const CsvTable::Row& row,
                   std::vector<FileProblem>& problems) {
  Case c;
  c.id = row.values[table.id];
  check_id(c, fmt::format("{}:{}", table.file.string(), row.line));
  for (std::size_t k = 0; k < table.columns.size(); ++k)
    c.channels.push_back(
        listed_file(table, c.id, row.values[table.columns[k]], table.channels[k], problems));
  return c;
}

}  // namespace seg
