#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace seg {

// A comma-separated file with a line of column names; values may stand in double quotes, "" for one
// inside. Empty lines are skipped.
struct CsvTable {
  struct Row {
    std::size_t line = 0;             // of the file, from 1
    std::vector<std::string> values;  // as many as columns
  };
  std::vector<std::string> columns;
  std::vector<Row> rows;
};

// Throws Error(data) with file:line where a line has another number of values than columns, or a
// quote that does not end.
CsvTable read_csv(const std::filesystem::path& file);

}  // namespace seg
