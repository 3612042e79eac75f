#include "study/cell_status.h"

#include "config/config.h"
#include "core/error.h"
#include "data/csv_table.h"
#include "run/differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace seg {
namespace fs = std::filesystem;
namespace {

// What is needed of metrics.csv (report/history.h writes it).
struct Trained {
  std::int64_t epochs = 0, steps = 0;
  double seconds = 0;
  double best = -1;                      // the highest validation DSC, as it is written
  std::vector<std::int64_t> best_steps;  // those with that DSC; the last where none was validated
};

double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

Trained read_history(const fs::path& file) {
  Trained trained;
  if (!fs::exists(file)) return trained;
  const CsvTable table = read_csv(file);
  const auto epoch = table.column("epoch"), step = table.column("step"),
             seconds = table.column("seconds"), dsc = table.column("mean_dsc");
  if (!epoch || !step || !seconds || !dsc)
    fail_data("{}: is no metrics.csv of a run; remove the run's folder or bring the file back",
              file.string());
  for (const CsvTable::Row& row : table.rows) {
    trained.epochs = static_cast<std::int64_t>(number(row.values[*epoch]));
    trained.steps = static_cast<std::int64_t>(number(row.values[*step]));
    trained.seconds += number(row.values[*seconds]);
    const std::string& validated = row.values[*dsc];
    const double value = validated.empty() ? -1 : number(validated);
    if (value > trained.best || (trained.best < 0 && value < 0)) trained.best_steps.clear();
    if (value >= trained.best) trained.best_steps.push_back(trained.steps);
    trained.best = std::max(trained.best, value);
  }
  return trained;
}

// The step that the table is of; -1 where it says none.
std::int64_t evaluated_step(const fs::path& file) {
  const CsvTable table = read_csv(file);
  const auto step = table.column("step");
  if (!step || table.rows.empty()) return -1;
  return static_cast<std::int64_t>(number(table.rows[0].values[*step]));
}

bool reached_end(const TrainingConfig& config, const Trained& trained) {
  return trained.epochs >= config.epochs ||
         (config.max_steps > 0 && trained.steps >= config.max_steps);
}

}  // namespace

std::string table_name(Space space) {
  return space == Space::original ? "dsc.csv" : fmt::format("dsc-{}.csv", word_of(space));
}

CellStatus status_of(const Grid& grid, const Cell& cell, Space space) {
  const Config config = load_config(cell.config, cell.overrides);
  CellStatus status{.run = fs::path(grid.runs.text) / cell.name};
  status.table = status.run / table_name(space);
  status.all_epochs = config.training.epochs;
  if (!fs::exists(status.run)) return status;
  status.state = CellState::partial;
  status.why = "nothing is trained yet";
  if (!fs::exists(status.run / "config.yaml")) return status;
  const std::string different =
      differences(load_config((status.run / "config.yaml").string()), config);
  if (!different.empty()) {
    status.state = CellState::other;
    status.why = different;
    return status;
  }
  const Trained trained = read_history(status.run / "metrics.csv");
  status.epochs = trained.epochs;
  status.seconds = trained.seconds;
  status.why = fmt::format("{} of {} epochs", trained.epochs, status.all_epochs);
  if (!reached_end(config.training, trained)) return status;
  status.why = fmt::format("trained, {} is missing", status.table.filename().string());
  if (!fs::exists(status.table)) return status;
  const auto& best = trained.best_steps;
  status.why = fmt::format("trained, {} is of an earlier step", status.table.filename().string());
  if (std::find(best.begin(), best.end(), evaluated_step(status.table)) == best.end())
    return status;
  status.state = CellState::done;
  status.why.clear();
  return status;
}

}  // namespace seg
