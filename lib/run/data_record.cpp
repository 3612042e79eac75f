#include "run/data_record.h"

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"

#include <nlohmann/json.hpp>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

json record_of(const Experiment& experiment) {
  json record = json::object();
  for (const Case& c : experiment.all()) record[c.id] = experiment.cache().source_contents(c);
  return record;
}

// "a, b, c and 4 more"
std::string changed_cases(const json& before, const json& now) {
  constexpr int most_named = 5;
  std::string text;
  int count = 0;
  for (const auto& [id, contents] : now.items()) {
    if (before.contains(id) && before[id] == contents) continue;
    if (++count <= most_named) text += (count > 1 ? ", " : "") + id;
  }
  return count > most_named ? fmt::format("{} and {} more", text, count - most_named) : text;
}

}  // namespace

void check_data_record(const fs::path& run, const Experiment& experiment, bool fresh,
                       bool accept_changed) {
  const fs::path file = run / "data.json";
  const json now = record_of(experiment);
  if (!fresh) {
    const json before = json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
    if (!before.is_object()) fail("{}: is damaged; start a new run folder", file.string());
    const std::string changed = changed_cases(before, now);
    if (!changed.empty() && !accept_changed)
      fail_data(
          "case {}: the files changed since the run in {} began; bring them back, start a new run, "
          "or go on with --accept-changed-data",
          changed, run.string());
    if (!changed.empty())
      log::warn("case {}: the files changed since the run began, which was accepted", changed);
  }
  write_file(file, now.dump(1) + "\n");
}

}  // namespace seg
