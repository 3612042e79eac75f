#include "run/checkpoints.h"

#include "core/boundary.h"
#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "run/checkpoint.h"

namespace seg {
namespace fs = std::filesystem;
namespace {

// N of a folder named step-N; -1 for any other name.
std::int64_t step_of(const fs::path& folder) {
  constexpr std::size_t most_digits = 17;
  const std::string name = folder.filename().string();
  if (!name.starts_with("step-")) return -1;
  const std::string digits = name.substr(5);
  if (digits.empty() || digits.size() > most_digits) return -1;
  if (digits.find_first_not_of("0123456789") != std::string::npos) return -1;
  const std::int64_t step = std::stoll(digits);
  return std::to_string(step) == digits ? step : -1;
}

bool is_folder(const fs::path& path) { return fs::is_directory(fs::symlink_status(path)); }

}  // namespace

Checkpoints::Checkpoints(fs::path folder, std::string run)
    : folder_(std::move(folder)), run_(std::move(run)) {}

fs::path Checkpoints::at(std::int64_t step) const { return folder_ / fmt::format("step-{}", step); }

bool Checkpoints::is_ours(const fs::path& checkpoint, std::int64_t step) const {
  if (step < 0 || !is_folder(checkpoint)) return false;
  try {
    const TrainingState state = load_training_state(checkpoint);
    return state.run == run_ && state.step == step;
  } catch (const Error&) {
    return false;
  }
}

std::optional<fs::path> Checkpoints::newest() const {
  if (!fs::is_directory(folder_)) return std::nullopt;
  if (fs::exists(folder_ / "last" / "state.json")) return folder_ / "last";
  std::int64_t newest = -1;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::int64_t step = step_of(entry.path());
    if (step > newest && is_ours(entry.path(), step) && is_whole(entry.path())) newest = step;
  }
  if (newest < 0) return std::nullopt;
  return at(newest);
}

void Checkpoints::set_aside(const fs::path& folder) const {
  fs::path place = folder.string() + "-kept";
  for (int i = 2; fs::exists(fs::symlink_status(place)); ++i)
    place = fmt::format("{}-kept-{}", folder.string(), i);
  move_file(folder, place);
  log::warn("{}: is in the way and may be somebody's, so it was renamed to {}", folder.string(),
            place.filename().string());
}

// Whether `last` or `best` names it, so that it was in its place before.
bool Checkpoints::is_named(const fs::path& checkpoint) const {
  std::error_code ignored;
  for (const char* link : {"last", "best"})
    if (fs::read_symlink(folder_ / link, ignored) == checkpoint.filename()) return true;
  return false;
}

void Checkpoints::bring_back() const {
  for (const fs::path& left : stale_temporaries(folder_)) {
    const std::string name = left.filename().string();
    const fs::path place =
        folder_ / name.substr(std::min(name.find(".step-"), name.size() - 1) + 1);
    const std::int64_t step = step_of(place);
    if (fs::exists(fs::symlink_status(place)) || !is_named(place)) continue;
    if (!is_ours(left, step) || !is_whole(left)) continue;
    move_file(left, place);
  }
}

void Checkpoints::unfold_copied_links() const {
  for (const char* link : {"last", "best"}) {
    const fs::path copied = folder_ / link;
    if (!is_folder(copied)) continue;
    const fs::path place = at(load_training_state(copied).step);
    if (fs::exists(fs::symlink_status(place)))
      set_aside(copied);
    else
      move_file(copied, place);
  }
}

void Checkpoints::make_room(std::int64_t step) const {
  const fs::path place = at(step);
  if (fs::exists(fs::symlink_status(place)) && !is_ours(place, step)) set_aside(place);
}

void Checkpoints::point(const std::string& link, std::int64_t step) const {
  const fs::path place = folder_ / link;
  std::error_code ignored;
  if (step < 0) {
    if (fs::is_symlink(place)) fs::remove(place, ignored);
    return;
  }
  const fs::path target = at(step).filename();
  if (!fs::exists(at(step)))
    fail("{}: is missing, which {} is to name; bring it back, or start a new run",
         at(step).string(), link);
  if (fs::read_symlink(place, ignored) == target) return;
  if (is_folder(place)) set_aside(place);
  replace_link(place, target);
}

void Checkpoints::remove_but(const std::set<std::int64_t>& steps) const {
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::int64_t step = step_of(entry.path());
    if (!steps.contains(step) && is_ours(entry.path(), step)) old.push_back(entry.path());
  }
  for (const fs::path& checkpoint : old) {
    at_boundary("remove");
    remove_folder(checkpoint);
  }
}

}  // namespace seg
