#pragma once
// Run folders of a grid as training leaves them, with figures of a test's choice.
#include "config/config.h"
#include "core/files.h"
#include "study/cell.h"
#include "study/cell_status.h"
#include "support/catch.h"
#include "support/commands.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

namespace seg::test {

// A case, a region and what its columns say: {"p1", "WT", "0.5"}, or "0.5,inf".
struct RunRow {
  std::string id, region, figures;
};

struct RunFiles {
  std::string columns = "dsc";
  std::string part = "test";
  bool trained = true;
  std::string table = "dsc.csv";
};

inline std::filesystem::path run_of(const Grid& grid, const Cell& cell) {
  return std::filesystem::path(grid.runs.text) / cell.name;
}

inline void write_run(const Grid& grid, const Cell& cell, const std::vector<RunRow>& rows,
                      const RunFiles& files = {}) {
  const Config config = load_config(cell.config, cell.overrides);
  const std::filesystem::path run = run_of(grid, cell);
  std::filesystem::create_directories(run);
  write_file(run / "config.yaml", config_yaml(config));
  const std::int64_t epochs = files.trained ? config.training.epochs : 1;
  write_file(run / "metrics.csv",
             fmt::format("epoch,step,learning_rate,loss,seconds,mean_dsc\n{},10,0.001,0.5,1.0,"
                         "0.5000\n",
                         epochs));
  std::string csv = "dataset,network,loss,seed,part,space,step,case,region," + files.columns + "\n";
  for (const RunRow& row : rows)
    csv += fmt::format("set,{},{},{},{},original,10,{},{},{}\n", word_of(config.model.name),
                       word_of(config.loss.name), cell.seed, files.part, row.id, row.region,
                       row.figures);
  if (files.trained) write_file(run / files.table, csv);
}

// The cell whose run folder has this name.
inline Cell cell_named(const Grid& grid, const std::string& name) {
  for (const Cell& cell : cells_of(grid, 10))
    if (cell.name == name) return cell;
  FAIL("no cell " << name);
  return {};
}

// A grid of two losses, its file and runs in the folder; `more` replaces or adds lines.
inline Grid small_grid(const std::filesystem::path& folder, const std::string& more = "",
                       const std::string& axes = "  loss:\n    CE: {}\n    DL: {}\n") {
  write_file(folder / "cell.yaml",
             "data: {root: nowhere}\nmodel: {base_channels: 4}\ntraining: {epochs: 2}\n");
  write_file(folder / "grid.yaml",
             "config: cell.yaml\nruns: " + (folder / "runs").string() + "\naxes:\n" + axes + more);
  return read_grid((folder / "grid.yaml").string());
}
inline const char* small_table = "columns: [loss]\nbaseline: {loss: CE}\n";

inline Grid paper_grid(int table, const std::filesystem::path& runs) {
  const std::filesystem::path folder = source_folder("configs/paper/tables.csv");
  REQUIRE_FALSE(folder.empty());
  Grid grid = read_grid((folder / fmt::format("configs/paper/table{}.yaml", table)).string());
  grid.runs.text = runs.string();
  return grid;
}

}  // namespace seg::test
