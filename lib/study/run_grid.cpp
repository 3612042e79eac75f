#include "study/run_grid.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/parallel.h"
#include "core/progress.h"
#include "core/signals.h"
#include "study/child.h"

#include <torch/cuda.h>

#include <poll.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr int poll_milliseconds = 200;

// The GPUs that the processes share, as CUDA_VISIBLE_DEVICES names them.
std::vector<std::string> visible_gpus() {
  std::vector<std::string> gpus;
  if (const char* given = std::getenv("CUDA_VISIBLE_DEVICES")) {
    for (const char* at = given; *at;) {
      const std::string rest = at;
      const std::string name = rest.substr(0, rest.find(','));
      if (!name.empty()) gpus.push_back(name);
      at += std::min(name.size() + 1, rest.size());
    }
    return gpus;
  }
  const int count = torch::cuda::device_count();
  for (int i = 0; i < count; ++i) gpus.push_back(std::to_string(i));
  return gpus;
}

// What jobs side by side share: GPUs in turn, and the cores in equal parts.
class Shares {
 public:
  explicit Shares(std::int64_t jobs) : gpus_(visible_gpus()) {
    if (jobs > 1) threads_ = std::max<std::int64_t>(1, available_cores() / jobs);
  }

  void give(ChildCommand& command, std::size_t slot, bool training) const {
    if (gpus_.size() > 1)
      command.environment.emplace_back("CUDA_VISIBLE_DEVICES", gpus_[slot % gpus_.size()]);
    if (threads_ == 0) return;
    add(command, fmt::format("threads={}", threads_));
    if (training) add(command, fmt::format("data.workers={}", threads_));
  }

 private:
  // First of the settings, so that the user's win.
  static void add(ChildCommand& command, const std::string& setting) {
    command.words.insert(command.words.begin() + 3, {"--set", setting});
  }

  std::vector<std::string> gpus_;
  std::int64_t threads_ = 0;
};

// The next thing to do for a cell: training, which ends with an evaluation in original space; then
// the one in preprocessed space. Nothing where it is done.
struct Step {
  ChildCommand command;
  bool training = true;
};

std::optional<Step> next_step(const Grid& grid, const Cell& cell, Space space) {
  const CellStatus status = status_of(grid, cell, Space::original);
  if (status.state == CellState::other)
    fail("its folder {} {}; choose another folder for runs, or mend or remove it",
         status.run.string(), status.why);
  const auto program = [](const char* name) { return (program_folder() / name).string(); };
  if (status.state != CellState::done) {
    Step step{{{program("segtrain"), "--config", cell.config}}};
    for (const std::string& o : cell.overrides) {
      step.command.words.push_back("--set");
      step.command.words.push_back(o);
    }
    step.command.words.insert(step.command.words.end(), {"--output", status.run.string()});
    return step;
  }
  if (space == Space::original || status_of(grid, cell, space).state == CellState::done)
    return std::nullopt;
  Step step{{{program("segeval"), "--run", status.run.string(), "--space", "preprocessed"}}, false};
  for (const std::string& place : places_of(cell))
    step.command.words.insert(step.command.words.end(), {"--set", place});
  return step;
}

// A cell at work: one process after another.
class Job {
 public:
  Job(const Grid& grid, const Cell& cell, Space space, std::size_t slot)
      : grid_(grid), cell_(cell), space_(space), slot_(slot) {}

  // Starts the next process; false where there is nothing left to do. Throws Error where the cell
  // cannot be done.
  bool start(const Shares& shares) {
    auto step = next_step(grid_, cell_, space_);
    if (!step) return false;
    if (steps_++ == 2) fail("was trained and evaluated, but is still not done; see {}", log_file());
    shares.give(step->command, slot_, step->training);
    error_.clear();
    child_.emplace(step->command);
    return true;
  }

  // Shows what it wrote; true when the process is gone.
  bool advance() {
    for (const std::string& line : child_->lines()) {
      if (line.starts_with("error: ")) error_ = line.substr(7);
      log::info("{}: {}", cell_.name, line);
    }
    return child_->ended();
  }

  // Throws Error with what the process said where it failed.
  void finish() {
    const int code = child_->wait();
    child_.reset();
    if (code == 0) return;
    if (error_.empty()) error_ = fmt::format("{}; see {}", end_text(code), log_file());
    throw Error(code == 130 ? ErrorKind::interrupted : ErrorKind::failure, error_);
  }

  const Cell& cell() const { return cell_; }
  std::size_t slot() const { return slot_; }
  int descriptor() const { return child_->descriptor(); }
  void ask_to_stop() { child_->ask_to_stop(); }

 private:
  static std::string end_text(int code) {
    if (code == 128 + SIGKILL) return "was killed, as the system does when memory runs out";
    if (code > 128) return fmt::format("was ended by a signal ({})", ::strsignal(code - 128));
    return fmt::format("ended with code {}", code);
  }

  std::string log_file() const {
    return (fs::path(grid_.runs.text) / cell_.name / "log.txt").string();
  }

  const Grid& grid_;
  const Cell& cell_;
  Space space_;
  std::size_t slot_;
  int steps_ = 0;
  std::optional<Child> child_;
  std::string error_;
};

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
    auto job = std::make_unique<Job>(grid_, cells_[next_++], request_.space, free_.back());
    free_.pop_back();
    go_on(std::move(job), progress);
  }

  // Starts the job's next process, or takes the job off the list of those at work.
  void go_on(std::unique_ptr<Job> job, Progress& progress) {
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
    std::string names;
    for (const std::string& name : failures_) names += (names.empty() ? "" : ", ") + name;
    fail("{} of {} cells failed ({}); mend what is said above and run the same command again",
         failures_.size(), cells_.size(), names);
  }

  const Grid& grid_;
  const GridRequest& request_;
  const std::vector<Cell>& cells_;
  Shares shares_;
  std::vector<std::size_t> free_;
  std::vector<std::unique_ptr<Job>> jobs_;
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
    std::string known;
    for (const Axis& axis : grid.axes.list)
      for (const AxisValue& v : axis.values) {
        found = found || v.name == name;
        known += (known.empty() ? "" : ", ") + v.name;
      }
    if (!found)
      fail_config("--data {}={}: the grid has no value '{}' (it has {})", name, folder, name,
                  known);
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
