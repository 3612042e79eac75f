#pragma once
// A table with a case per line: its id, and a file per channel, beside the table or anywhere.
#include "data/csv_table.h"
#include "data/dataset.h"

namespace seg {

struct CaseTable {
  std::filesystem::path file;
  std::vector<std::string> channels;
  std::size_t id;                    // the column
  std::vector<std::size_t> columns;  // of the channels
};

// Throws Error(data) where the table lacks a column.
CaseTable case_table(const std::filesystem::path& file, const CsvTable& table,
                     const std::vector<std::string>& channels);

// The images of a line; one that it does not name, or that does not exist, is a problem. Throws
// Error(data) for an id that no file can be named after.
Case listed_images(const CaseTable& table, const CsvTable::Row& row,
                   std::vector<FileProblem>& problems);

// A file that the table names in a column; empty where it names none.
std::filesystem::path listed_file(const CaseTable& table, const std::string& id,
                                  const std::string& text, const std::string& column,
                                  std::vector<FileProblem>& problems);

}  // namespace seg
