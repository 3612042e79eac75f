#include "run/data_record.h"

#include "core/error.h"
#include "core/files.h"
#include "core/ignore.h"
#include "core/json.h"
#include "core/log.h"

#include <nlohmann/json.hpp>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

json record_of(const Experiment& experiment) {
  const Dataset& dataset = experiment.dataset();
  json cases = json::object();
  for (const auto& [part, word] : words_of(SplitPart{}))
    for (const Case& c : experiment.part(part))
      cases[c.id] = {{"part", word}, {"contents", experiment.cache().source_contents(c)}};
  json labels = json::array();  // in the order of values
  for (const auto& [value, index] : dataset.labels.to_class)
    labels.push_back({value, index, index == kIgnore ? "" : dataset.labels.classes.at(index)});
  return {{"channels", dataset.channels}, {"labels", labels}, {"cases", cases}};
}

// "a, b, c and 4 more": the cases whose `key` is other than it was.
std::string changed_cases(const json& before, const json& now, const char* key) {
  constexpr int most_named = 5;
  std::string text;
  int count = 0;
  for (const auto& [id, facts] : before.items()) {
    if (now.contains(id) && now.at(id).at(key) == facts.at(key)) continue;
    if (++count <= most_named) text += (count > 1 ? ", " : "") + id;
  }
  return count > most_named ? fmt::format("{} and {} more", text, count - most_named) : text;
}

// What no run can go on with.
void refuse_other_meaning(const json& before, const json& now, const fs::path& run) {
  for (const char* key : {"channels", "labels"})
    if (before.at(key) != now.at(key))
      fail_data(
          "the data set's {} are {}, but were {} when the run in {} began; mend the data set's "
          "table or data.{}, or start a new run",
          key, now.at(key).dump(), before.at(key).dump(), run.string(), key);
  std::string moved = changed_cases(before.at("cases"), now.at("cases"), "part");
  if (moved.empty()) moved = changed_cases(now.at("cases"), before.at("cases"), "part");  // added
  if (!moved.empty())
    fail_data(
        "case {}: not in the part of the split that it was in when the run began; bring back "
        "{}/split.json, or start a new run",
        moved, run.string());
}

void compare(const json& before, const json& now, const fs::path& run, bool accept_changed) {
  refuse_other_meaning(before, now, run);
  const std::string changed = changed_cases(before.at("cases"), now.at("cases"), "contents");
  if (!changed.empty() && !accept_changed)
    fail_data(
        "case {}: the files changed since the run in {} began; bring them back, start a new run, "
        "or go on with --accept-changed-data",
        changed, run.string());
  if (!changed.empty())
    log::warn("case {}: the files changed since the run began, which was accepted", changed);
}

}  // namespace

void check_data_record(const fs::path& run, const Experiment& experiment, bool fresh,
                       bool accept_changed) {
  const fs::path file = run / "data.json";
  const json now = record_of(experiment);
  if (!fresh) {
    try {
      compare(read_json(file, ErrorKind::failure), now, run, accept_changed);
    } catch (const json::exception&) {
      fail("{}: is damaged; start a new run folder", file.string());
    }
  }
  write_file(file, now.dump(1) + "\n");
}

}  // namespace seg
