#include "study/cell_job.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "study/cell_status.h"

#include <csignal>
#include <cstring>

namespace seg {
namespace fs = std::filesystem;
namespace {

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

std::string end_text(int code) {
  if (code == 128 + SIGKILL) return "was killed, as the system does when memory runs out";
  if (code > 128) return fmt::format("was ended by a signal ({})", ::strsignal(code - 128));
  return fmt::format("ended with code {}", code);
}

}  // namespace

CellJob::CellJob(const Grid& grid, const Cell& cell, Space space, std::size_t slot)
    : grid_(grid), cell_(cell), space_(space), slot_(slot) {}

bool CellJob::start(const Shares& shares) {
  auto step = next_step(grid_, cell_, space_);
  if (!step) return false;
  if (steps_++ == 2) fail("was trained and evaluated, but is still not done; see {}", log_file());
  shares.give(step->command, slot_, step->training);
  error_.clear();
  child_.emplace(step->command);
  return true;
}

bool CellJob::advance() {
  for (const std::string& line : child_->lines()) {
    if (line.starts_with("error: ")) error_ = line.substr(7);
    log::info("{}: {}", cell_.name, line);
  }
  return child_->ended();
}

void CellJob::finish() {
  const int code = child_->wait();
  child_.reset();
  if (code == 0) return;
  if (error_.empty()) error_ = fmt::format("{}; see {}", end_text(code), log_file());
  throw Error(code == 130 ? ErrorKind::interrupted : ErrorKind::failure, error_);
}

std::string CellJob::log_file() const {
  return (fs::path(grid_.runs.text) / cell_.name / "log.txt").string();
}

}  // namespace seg
