#include "study/cell_status.h"

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

// What a table says in all rows alike; empty where it does not.
std::string said(const CsvTable& table, const char* column) {
  const auto at = table.column(column);
  return at && !table.rows.empty() ? table.rows[0].values[*at] : "";
}

// Whether the table may be of a run of this configuration.
bool is_of(const CsvTable& table, const Config& config) {
  const std::string network = said(table, "network"), loss = said(table, "loss"),
                    seed = said(table, "seed");
  return (network.empty() || network == word_of(config.model.name)) &&
         (loss.empty() || loss == word_of(config.loss.name)) &&
         (seed.empty() || seed == std::to_string(config.training.seed));
}

// Epochs to train, as far as can be told of a limit in steps.
std::int64_t epochs_of(const Config& config, const Trained& trained) {
  const TrainingConfig& training = config.training;
  std::int64_t steps = config.data.sampling == Sampling::random ? training.steps_per_epoch : 0;
  if (steps == 0 && trained.epochs > 0) steps = trained.steps / trained.epochs;
  if (training.max_steps == 0 || steps == 0) return training.epochs;
  return std::min(training.epochs, (training.max_steps + steps - 1) / steps);
}

// A run that its limit in steps ended may have done but a part of its last epoch.
bool reached_end(const TrainingConfig& config, const TrainingConfig& there,
                 const Trained& trained) {
  if (config.max_steps > 0 && trained.steps >= config.max_steps) return true;
  const bool cut = there.max_steps > 0 && trained.steps >= there.max_steps;
  return trained.epochs >= config.epochs && !cut;
}

bool passed_end(const TrainingConfig& config, const Trained& trained) {
  return trained.epochs > config.epochs ||
         (config.max_steps > 0 && trained.steps > config.max_steps);
}

void set(CellStatus& status, CellState state, const std::string& why) {
  status.state = state;
  status.why = why;
}

// What the run's folder says; throws what reading its files does.
void look_into(CellStatus& status, const Config& config) {
  const fs::path& run = status.run;
  const fs::file_type type = fs::status(run).type();
  if (type == fs::file_type::not_found) return;
  if (type != fs::file_type::directory) return set(status, CellState::other, "is no folder");
  set(status, CellState::partial, "nothing is trained yet");
  if (!fs::exists(run / "config.yaml")) return;
  const Config there = load_config((run / "config.yaml").string());
  const std::string different = differences(there, config);
  if (!different.empty())
    return set(status, CellState::other, "holds a run of another configuration: " + different);
  const Trained trained = read_history(run / "metrics.csv");
  status.epochs = trained.epochs;
  status.seconds = trained.seconds;
  status.all_epochs = epochs_of(config, trained);
  status.why = fmt::format("{} of {} epochs", trained.epochs, status.all_epochs);
  if (passed_end(config.training, trained))
    return set(status, CellState::other,
               fmt::format("holds a run of {} epochs and {} steps, which is longer than the grid's",
                           trained.epochs, trained.steps));
  if (!reached_end(config.training, there.training, trained)) return;
  const std::string table = status.table.filename().string();
  status.why = fmt::format("trained, {} is missing", table);
  if (!fs::exists(status.table)) return;
  const CsvTable evaluated = read_csv(status.table);
  if (!is_of(evaluated, config))
    return set(status, CellState::other, fmt::format("holds a {} of another run", table));
  const auto& best = trained.best_steps;
  status.why = fmt::format("trained, {} is of another step", table);
  const auto step = static_cast<std::int64_t>(number(said(evaluated, "step")));
  if (std::find(best.begin(), best.end(), step) == best.end()) return;
  set(status, CellState::done, "");
}

}  // namespace

std::string table_name(Space space) {
  return space == Space::original ? "dsc.csv" : fmt::format("dsc-{}.csv", word_of(space));
}

CellStatus status_of(const Grid& grid, const Cell& cell, Space space) {
  const Config config = config_of(grid, cell);
  CellStatus status{.run = fs::path(grid.runs.text) / cell.name};
  status.table = status.run / table_name(space);
  status.all_epochs = epochs_of(config, {});
  try {
    look_into(status, config);
  } catch (const Error& e) {
    set(status, CellState::other, fmt::format("cannot be read: {}", e.what()));
  } catch (const fs::filesystem_error& e) {
    set(status, CellState::other, fmt::format("cannot be read ({})", e.code().message()));
  }
  return status;
}

}  // namespace seg
