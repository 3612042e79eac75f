#include "data/split.h"

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/random.h"
#include "data/comma_list.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace seg {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

fs::path find_split(const DataConfig& config) {
  const fs::path given = config.split.file.text;
  for (const fs::path& place :
       {fs::path(config.root.text) / given, given, fs::path("configs") / given,
        program_folder() / "../../configs" / given})
    if (fs::is_regular_file(place)) return place;
  fail_data("data.split: {} does not exist, neither as a path nor under data.root nor in configs/",
            given.string());
}

Split from_file(const fs::path& file) {
  const json j = read_json(file);
  if (!j.is_object())
    fail_data("{}: must be a JSON object of lists train, validation and test", file.string());
  Split split;
  for (const auto& [name, ids] : j.items()) {
    const auto part = choice_of<SplitPart>(name);
    if (!part)
      fail_data("{}: has the unknown part '{}'; the parts are train, validation and test",
                file.string(), name);
    const bool texts = ids.is_array() && std::all_of(ids.begin(), ids.end(),
                                                     [](const json& id) { return id.is_string(); });
    if (!texts) fail_data("{}: '{}' must be a list of case ids", file.string(), name);
    ids.get_to(split.of(*part));
  }
  return split;
}

// What is drawn from.
std::vector<std::string> labelled(const std::vector<Case>& cases) {
  std::vector<std::string> ids;
  for (const Case& c : cases)
    if (!c.label.empty() && !c.held_out) ids.push_back(c.id);
  return ids;
}

std::vector<std::string> shuffled(std::vector<std::string> ids, std::int64_t seed) {
  std::vector<std::string> out;
  for (const std::int64_t i : Random(static_cast<std::uint64_t>(seed), 0, 0, Purpose::split)
                                  .permutation(static_cast<std::int64_t>(ids.size())))
    out.push_back(ids[static_cast<std::size_t>(i)]);
  return out;
}

// Hands out the labelled cases in random order; those that data.split names by id only where it
// names them.
class Draw {
 public:
  Draw(const SplitConfig& config, const std::vector<Case>& cases) : all_(labelled(cases)) {
    std::set<std::string> named;
    for (const auto* part : {&config.train, &config.validation, &config.test})
      named.insert(part->ids.begin(), part->ids.end());
    for (const std::string& id : shuffled(all_, config.seed))
      if (!named.contains(id)) open_.push_back(id);
  }

  std::vector<std::string> part(const SplitConfig::Part& part, const char* name) {
    if (!part.ids.empty()) return part.ids;
    const std::size_t count = count_of(part.amount);
    if (count > open_.size())
      fail_data(
          "data.split asks for {} cases to {}, but only {} of the {} labelled cases are left; "
          "lower the counts",
          count, name, open_.size(), all_.size());
    const auto end = open_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<std::string> ids(open_.begin(), end);
    open_.erase(open_.begin(), end);
    return ids;
  }

  const std::vector<std::string>& rest() const { return open_; }

 private:
  // Rounding the sum of the fractions so far, not each, never asks for more than all.
  std::size_t count_of(double amount) {
    if (amount >= 1) return static_cast<std::size_t>(amount);
    const auto upto = [&](double fraction) {
      return std::llround(fraction * static_cast<double>(all_.size()) + 1e-9);
    };
    const std::int64_t before = upto(share_);
    share_ += amount;
    return static_cast<std::size_t>(upto(share_) - before);
  }

  std::vector<std::string> all_, open_;
  double share_ = 0;
};

bool given(const SplitConfig::Part& part) { return part.amount > 0 || !part.ids.empty(); }

// The folds of what the test part leaves.
Split from_folds(const DataConfig& config, const std::vector<Case>& cases) {
  const std::int64_t folds = config.split.folds;
  if (config.fold >= folds)
    fail_config("data.fold is {}, but data.split has {} folds, counted from 0", config.fold, folds);
  if (given(config.split.train) || given(config.split.validation))
    fail_config(
        "data.split has train or validation beside folds, which divide all that test leaves; name "
        "folds and test only");
  Draw draw(config.split, cases);
  Split split;
  split.test = draw.part(config.split.test, "test");
  const auto& ids = draw.rest();
  if (static_cast<std::int64_t>(ids.size()) < folds)
    fail_data(
        "data.split asks for {} folds, but only {} labelled cases are left for them; lower the "
        "folds",
        folds, ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i)
    (static_cast<std::int64_t>(i) % folds == config.fold ? split.validation : split.train)
        .push_back(ids[i]);
  return split;
}

Split from_amounts(const SplitConfig& config, const std::vector<Case>& cases) {
  Draw draw(config, cases);
  Split split;
  split.train = draw.part(config.train, "train");
  split.validation = draw.part(config.validation, "validate");
  split.test = draw.part(config.test, "test");
  return split;
}

bool says_nothing(const SplitConfig& config) {
  return config.file.empty() && config.folds == 0 && !given(config.train) &&
         !given(config.validation) && !given(config.test);
}

// As the data set's own table divides the cases.
Split from_cases(const std::vector<Case>& cases) {
  Split split;
  for (const Case& c : cases)
    if (c.part) split.of(*c.part).push_back(c.id);
  return split;
}

void check(const Split& split, const std::vector<Case>& cases) {
  std::map<std::string, bool> has_label;
  for (const Case& c : cases) has_label[c.id] = !c.label.empty();
  std::map<std::string, std::string> part_of;
  std::vector<std::string> unknown, unlabelled;
  for (const auto& [part, name] : words_of(SplitPart{}))
    for (const std::string& id : split.of(part)) {
      if (const auto [at, fresh] = part_of.emplace(id, name); !fresh)
        fail_data("data.split: the case {} is in {} and in {}; a case belongs to one part", id,
                  at->second, name);
      const auto found = has_label.find(id);
      if (found == has_label.end())
        unknown.push_back(id);
      else if (!found->second)
        unlabelled.push_back(id);
    }
  if (!unknown.empty())
    fail_data("data.split: not in the data set: {}; correct the ids or data.root",
              comma_list(unknown));
  if (!unlabelled.empty())
    fail_data("data.split: without a label file: {}; a case without label is for inference only",
              comma_list(unlabelled));
  if (split.train.empty())
    fail_data(
        "data.split: no case to train on; set e.g. data.split={{train: 0.8, validation: 0.2}}");
}

}  // namespace

Split make_split(const DataConfig& config, const std::vector<Case>& cases) {
  if (config.fold > 0 && config.split.folds == 0)
    fail_config("data.fold is {}, but data.split has no folds; set e.g. data.split={{folds: 5}}",
                config.fold);
  Split split = says_nothing(config.split)   ? from_cases(cases)
                : !config.split.file.empty() ? from_file(find_split(config))
                : config.split.folds > 0     ? from_folds(config, cases)
                                             : from_amounts(config.split, cases);
  for (auto* part : {&split.train, &split.validation, &split.test})
    std::sort(part->begin(), part->end());
  check(split, cases);
  return split;
}

std::string split_json(const Split& split) {
  return json{{"train", split.train}, {"validation", split.validation}, {"test", split.test}}.dump(
             1) +
         "\n";
}

}  // namespace seg
