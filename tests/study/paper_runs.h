#pragma once
// The paper's own figures as if they were ours: runs of one case, whose DSC they are.
#include "data/csv_table.h"
#include "grid_runs.h"
#include "study/table_layout.h"

#include <cmath>
#include <map>

namespace seg::test {

// What the text of the paper has lost: BraTS WT of CWCD, by the printed averages.
inline std::string lost_figure(const std::string& network) {
  return network == "V-Net" ? "0.8035" : "0.8493";
}

// The rows of tables.csv that are of the table and the place: titles of dataset, network, loss.
inline std::vector<std::map<std::string, std::string>> paper_rows(int table,
                                                                  const PlaceTitles& at) {
  const CsvTable csv =
      read_csv(source_folder("configs/paper/tables.csv") / "configs/paper/tables.csv");
  std::vector<std::map<std::string, std::string>> rows;
  for (const CsvTable::Row& row : csv.rows) {
    std::map<std::string, std::string> named;
    for (std::size_t i = 0; i < csv.columns.size(); ++i) named[csv.columns[i]] = row.values[i];
    if (named["table"] == std::to_string(table) && named["dataset"] == at[0] &&
        named["network"] == at[1] && named["loss"] == at[2])
      rows.push_back(named);
  }
  return rows;
}

inline Grid paper_runs(int table, const std::filesystem::path& runs) {
  const Grid grid = paper_grid(table, runs);
  const TableLayout layout(grid);
  for (const Cell& cell : cells_of(grid, 1)) {
    const std::size_t block = layout.block_of(cell);
    const PlaceTitles at = layout.titles[block][layout.column_of(cell)];
    std::vector<RunRow> rows;
    for (const auto& row : paper_rows(table, at)) {
      if (row.at("is_average") == "1") continue;
      const std::string dsc = row.at("dsc") == "-"    ? "0"
                              : row.at("dsc").empty() ? lost_figure(at[1])
                                                      : row.at("dsc");
      for (const auto& [region, shown] : layout.regions[block])
        if (shown == row.at("organ")) rows.push_back({"p1", region, dsc});
    }
    REQUIRE(rows.size() == layout.regions[block].size());
    write_run(grid, cell, rows);
  }
  return grid;
}

}  // namespace seg::test
