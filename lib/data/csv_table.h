#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace seg {

// A comma-separated file with a line of column names, as RFC 4180 has it: a value may stand in
// double quotes, "" for one inside, and then hold commas and line breaks. Empty lines are skipped.
struct CsvTable {
  struct Row {
    std::size_t line = 0;             // of the file, from 1; where the row begins
    std::vector<std::string> values;  // as many as columns
  };
  std::vector<std::string> columns;
  std::vector<Row> rows;

  std::optional<std::size_t> column(const std::string& name) const;
};

// Throws Error(data) with file:line where a row has another number of values than there are
// columns, a quote does not end or stands inside a value, two columns have one name, or the file is
// not UTF-8.
CsvTable read_csv(const std::filesystem::path& file);

}  // namespace seg
