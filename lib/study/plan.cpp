#include "study/plan.h"

#include "core/files.h"
#include "core/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace seg {
namespace fs = std::filesystem;
namespace {

// As far as can be seen: of a run at work folders go while one looks.
double bytes_in(const fs::path& folder) {
  double bytes = 0;
  std::error_code error, ignored;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->is_symlink(ignored) || !entry->is_regular_file(ignored)) continue;
    const auto size = entry->file_size(ignored);
    if (!ignored) bytes += static_cast<double>(size);
  }
  return bytes;
}

struct Planned {
  Cell cell;
  CellStatus status;
  double bytes = 0;  // of its folder now
  std::optional<double> seconds_left = {}, bytes_left = {};
};

std::size_t in_common(const Cell& a, const Cell& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.at.size(); ++i) count += a.at[i] == b.at[i];
  return count;
}

// Mean over the cells most like `cell` of what was measured there; nothing where nothing was.
template <class Measured>
std::optional<double> by_likeness(const std::vector<Planned>& all, const Cell& cell,
                                  const Measured& measured) {
  std::size_t most = 0;
  double sum = 0;
  int count = 0;
  for (const Planned& p : all) {
    const double value = measured(p);
    const std::size_t common = in_common(p.cell, cell);
    if (value <= 0 || common < most) continue;
    if (common > most) sum = count = 0;
    most = common;
    sum += value;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

bool is_left(const Planned& p) {
  return p.status.state == CellState::missing || p.status.state == CellState::partial;
}

void estimate(std::vector<Planned>& all) {
  for (Planned& p : all) {
    if (!is_left(p)) continue;
    const auto epoch = by_likeness(all, p.cell, [](const Planned& other) {
      return other.status.epochs > 0
                 ? other.status.seconds / static_cast<double>(other.status.epochs)
                 : 0;
    });
    const auto bytes = by_likeness(all, p.cell, [](const Planned& other) {
      return other.status.epochs > 0 ? other.bytes : 0;
    });
    const auto left = std::max<std::int64_t>(0, p.status.all_epochs - p.status.epochs);
    if (epoch) p.seconds_left = *epoch * static_cast<double>(left);
    if (bytes) p.bytes_left = std::max(0.0, *bytes - p.bytes);
  }
}

std::string time_text(const std::optional<double>& seconds) {
  return seconds ? clock_text(*seconds) : "unknown time";
}

std::string size_text(const std::optional<double>& bytes) {
  return bytes ? fmt::format("{:.0f} MB", *bytes / 1e6) : "unknown size";
}

std::string line_of(const Planned& p, std::size_t index) {
  std::string text = fmt::format("{:4} {:8} {}", index, word_of(p.status.state), p.cell.name);
  if (!p.status.why.empty()) text += fmt::format(" ({})", p.status.why);
  if (is_left(p))
    text += fmt::format(": {}, {}", time_text(p.seconds_left), size_text(p.bytes_left));
  return text + "\n";
}

std::string total_text(const std::vector<Planned>& all) {
  double seconds = 0, bytes = 0;
  std::size_t done = 0, left = 0, unknown = 0;
  for (const Planned& p : all) {
    done += p.status.state == CellState::done;
    if (!is_left(p)) continue;
    ++left;
    unknown += !p.seconds_left || !p.bytes_left;
    seconds += p.seconds_left.value_or(0);
    bytes += p.bytes_left.value_or(0);
  }
  std::string text = fmt::format("{} of {} done", done, all.size());
  if (left > unknown)
    text += fmt::format("; left: {} of training alone, {} of disk", clock_text(seconds),
                        size_text(bytes));
  if (unknown > 0) text += fmt::format("; {} like which nothing was measured yet", unknown);
  if (done + left < all.size())
    text += fmt::format("; {} whose folder holds another run", all.size() - done - left);
  return text + "\n";
}

// In a line that is none of the shell's.
std::string job_name(const Grid& grid) {
  std::string name = grid.file.stem().string();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-') c = '_';
  return name;
}

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

std::string plan_text(const Grid& grid, const GridRequest& request) {
  std::vector<Planned> all;
  GridRequest whole = request;
  whole.index = -1;
  for (Cell& cell : requested_cells(grid, whole)) {
    CellStatus status = status_of(grid, cell, request.space);
    const double bytes = bytes_in(status.run);
    all.push_back({std::move(cell), std::move(status), bytes});
  }
  estimate(all);
  if (request.index >= 0) {
    requested_cells(grid, request);  // whether there is such a cell
    const auto index = static_cast<std::size_t>(request.index);
    return line_of(all[index], index);
  }
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) text += line_of(all[i], i);
  return text + total_text(all);
}

std::string sbatch_script(const Grid& grid, const GridRequest& request,
                          const std::vector<std::string>& arguments) {
  const std::size_t count = requested_cells(grid, request).size();
  std::string command = quoted((program_folder() / "segtables").string()) + " run " +
                        quoted(fs::absolute(grid.file).lexically_normal().string());
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  return fmt::format(
      "#!/bin/bash\n"
      "# A task per cell of the grid. Queue it with sbatch; set the partition and the time limit\n"
      "# of your cluster. A task that is stopped before its time limit is queued again.\n"
      "#SBATCH --job-name={}\n"
      "#SBATCH --array=0-{}\n"
      "#SBATCH --ntasks=1\n"
      "#SBATCH --cpus-per-task=16\n"
      "#SBATCH --gres=gpu:1\n"
      "#SBATCH --time=24:00:00\n"
      "#SBATCH --signal=USR1@120\n"
      "#SBATCH --requeue\n"
      "#SBATCH --open-mode=append\n"
      "cd {} || exit 1\n"
      "srun {} --index \"$SLURM_ARRAY_TASK_ID\"\n"
      "code=$?\n"
      "if [ \"$code\" -eq 130 ]; then\n"
      "  scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}\"\n"
      "fi\n"
      "exit \"$code\"\n",
      job_name(grid), count - 1, quoted(fs::current_path().string()), command);
}

}  // namespace seg
