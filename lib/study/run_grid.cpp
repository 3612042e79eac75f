#include "study/run_grid.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/signals.h"
#include "data/comma_list.h"
#include "study/cell_job.h"

#include <poll.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <memory>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr int poll_milliseconds = 200;

class Work {
 public:
  Work(const Grid& grid, const GridRequest& request, const std::vector<Cell>& cells)
      : grid_(grid), request_(request), cells_(cells), shares_(request.jobs) {
    for (std::size_t slot = 0; slot < static_cast<std::size_t>(request.jobs); ++slot)
      free_.push_back(slot);
  }

  void run() {
    Progress progress("runs", "runs", static_cast<std::int64_t>(cells_.size()));
    while (next_ < cells_.size() || !jobs_.empty()) {
      if (stop_requested()) stop();
      while (!stopped_ && next_ < cells_.size() && !free_.empty()) begin(progress);
      if (stopped_ && jobs_.empty()) break;
      wait();
      look(progress);
    }
    throw_if_stopped();
    report();
  }

 private:
  void stop() {
    if (!stopped_)
      for (const auto& job : jobs_) job->ask_to_stop();
    stopped_ = true;
  }

  void begin(Progress& progress) {
    auto job = std::make_unique<CellJob>(grid_, cells_[next_++], request_.space, free_.back());
    free_.pop_back();
    go_on(std::move(job), progress);
  }

  // Starts the job's next process, or takes the job off the list of those at work.
  void go_on(std::unique_ptr<CellJob> job, Progress& progress) {
    try {
      if (stopped_) return;
      if (job->start(shares_)) {
        jobs_.push_back(std::move(job));
        return;
      }
    } catch (const Error& e) {
      failed(job->cell(), e);
    }
    free_.push_back(job->slot());
    progress.advance();
  }

  // Whether it failed: one that was asked to stop did not, and is not over.
  bool failed(const Cell& cell, const Error& e) {
    if (stopped_ && e.kind() == ErrorKind::interrupted) return false;
    log::error("{}: {}", cell.name, e.what());
    failures_.push_back(cell.name);
    return true;
  }

  void wait() const {
    std::vector<pollfd> ends;
    for (const auto& job : jobs_) ends.push_back({job->descriptor(), POLLIN, 0});
    ::poll(ends.data(), ends.size(), poll_milliseconds);
  }

  void look(Progress& progress) {
    for (std::size_t i = 0; i < jobs_.size();) {
      if (!jobs_[i]->advance()) {
        ++i;
        continue;
      }
      auto job = std::move(jobs_[i]);
      jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(i));
      try {
        job->finish();
      } catch (const Error& e) {
        free_.push_back(job->slot());
        if (failed(job->cell(), e)) progress.advance();
        continue;
      }
      go_on(std::move(job), progress);
    }
  }

  void report() const {
    if (failures_.empty()) return;
    fail("{} of {} cells failed ({}); mend what is said above and run the same command again",
         failures_.size(), cells_.size(), comma_list(failures_));
  }

  const Grid& grid_;
  const GridRequest& request_;
  const std::vector<Cell>& cells_;
  Shares shares_;
  std::vector<std::size_t> free_;
  std::vector<std::unique_ptr<CellJob>> jobs_;
  std::size_t next_ = 0;
  bool stopped_ = false;
  std::vector<std::string> failures_;
};

// A name as a value of YAML: as it is where it may be.
std::string yaml_text(const std::string& name) { return YAML::Dump(YAML::Node(name)); }

bool has_value(const Grid& grid, const Cell& cell, const std::string& name) {
  for (std::size_t i = 0; i < cell.at.size(); ++i)
    if (grid.axes.list[i].values[cell.at[i]].name == name) return true;
  return false;
}

void check_data_names(const Grid& grid, const GridRequest& request) {
  for (const auto& [name, folder] : request.data) {
    if (folder.empty())
      fail_config("--data {}: names no folder; add it", name.empty() ? "" : name + "=");
    bool found = name.empty();
    std::vector<std::string> known;
    for (const Axis& axis : grid.axes.list)
      for (const AxisValue& v : axis.values) {
        found = found || v.name == name;
        known.push_back(v.name);
      }
    if (!found)
      fail_config("--data {}={}: the grid has no value '{}' (it has {})", name, folder, name,
                  comma_list(known));
  }
}

}  // namespace

std::vector<Cell> requested_cells(const Grid& grid, const GridRequest& request) {
  check_data_names(grid, request);
  std::vector<Cell> cells =
      cells_of(grid, request.seeds > 0 ? request.seeds : grid.seeds, request.overrides);
  for (Cell& cell : cells)
    for (const auto& [name, folder] : request.data)
      if (name.empty() || has_value(grid, cell, name))
        cell.overrides.push_back("data.root=" + yaml_text(folder));
  if (request.index < 0) return cells;
  if (request.index >= static_cast<std::int64_t>(cells.size()))
    fail_config("--index {}: the grid has {} cells, counted from 0", request.index, cells.size());
  return {cells[static_cast<std::size_t>(request.index)]};
}

void run_grid(const Grid& grid, const GridRequest& request) {
  const std::vector<Cell> cells = requested_cells(grid, request);
  for (const Cell& cell : cells) config_of(grid, cell);
  for (const auto& [name, folder] : request.data)
    if (!fs::is_directory(folder))
      fail_config("--data {}{}: is no folder; name that of the data set",
                  name.empty() ? "" : name + "=", folder);
  make_folder(grid.runs.text);
  Work(grid, request, cells).run();
}

}  // namespace seg
