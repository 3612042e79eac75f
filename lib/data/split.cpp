#include "data/split.h"

#include "core/error.h"
#include "core/files.h"
#include "core/random.h"

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
       {given, fs::path(config.root.text) / given, fs::path("configs") / given, program_folder() / "../../configs" / given})
    if (fs::is_regular_file(place)) return place;
  fail_data("data.split: {} does not exist, neither as a path nor under data.root nor in configs/", given.string());
}

Split from_file(const fs::path& file) {
  try {
    const json j = json::parse(read_file(file));
    Split split;
    for (const auto& [name, ids] : j.items()) {
      std::vector<std::string>* part = name == "train"        ? &split.train
                                       : name == "validation" ? &split.validation
                                       : name == "test"       ? &split.test
                                                              : nullptr;
      if (!part) fail_data("{}: has the unknown part '{}'; the parts are train, validation and test", file.string(), name);
      ids.get_to(*part);
    }
    return split;
  } catch (const json::exception& e) {
    fail_data("{}: must be a JSON object of lists train, validation and test ({})", file.string(), e.what());
  }
}

// "a, b, c", at most 20 of them.
std::string listed(const std::vector<std::string>& ids) {
  constexpr std::size_t most = 20;
  std::string text = ids[0];
  for (std::size_t i = 1; i < std::min(ids.size(), most); ++i) text += ", " + ids[i];
  return ids.size() > most ? fmt::format("{} and {} more", text, ids.size() - most) : text;
}

std::vector<std::string> labelled(const std::vector<Case>& cases) {
  std::vector<std::string> ids;
  for (const Case& c : cases)
    if (!c.label.empty()) ids.push_back(c.id);
  return ids;
}

std::vector<std::string> shuffled(std::vector<std::string> ids, std::int64_t seed) {
  std::vector<std::string> out;
  for (const std::int64_t i :
       Random(static_cast<std::uint64_t>(seed), 0, 0, Purpose::split).permutation(static_cast<std::int64_t>(ids.size())))
    out.push_back(ids[static_cast<std::size_t>(i)]);
  return out;
}

Split from_folds(const DataConfig& config, const std::vector<Case>& cases) {
  if (config.fold >= config.split.folds)
    fail_config("data.fold is {}, but data.split has {} folds, counted from 0", config.fold, config.split.folds);
  const auto ids = shuffled(labelled(cases), config.split.seed);
  if (static_cast<std::int64_t>(ids.size()) < config.split.folds)
    fail_data("data.split asks for {} folds, but only {} cases have a label; lower the folds", config.split.folds, ids.size());
  Split split;
  for (std::size_t i = 0; i < ids.size(); ++i)
    (static_cast<std::int64_t>(i) % config.split.folds == config.fold ? split.validation : split.train).push_back(ids[i]);
  return split;
}

Split from_amounts(const SplitConfig& config, const std::vector<Case>& cases) {
  const auto all = labelled(cases);
  std::set<std::string> taken;
  for (const auto* part : {&config.train, &config.validation, &config.test}) taken.insert(part->ids.begin(), part->ids.end());
  std::vector<std::string> open;
  for (const std::string& id : shuffled(all, config.seed))
    if (!taken.contains(id)) open.push_back(id);
  std::size_t next = 0;
  double share = 0;  // of the fractions drawn so far; rounding their sum never asks for more than all
  const auto count_of = [&](double amount) {
    if (amount >= 1) return static_cast<std::size_t>(amount);
    const auto upto = [&](double fraction) { return std::llround(fraction * static_cast<double>(all.size()) + 1e-9); };
    const std::int64_t before = upto(share);
    share += amount;
    return static_cast<std::size_t>(upto(share) - before);
  };
  const auto draw = [&](const SplitConfig::Part& part, const char* name) {
    if (!part.ids.empty()) return part.ids;
    const std::size_t count = count_of(part.amount);
    if (next + count > open.size())
      fail_data("data.split asks for {} cases to {}, but only {} of the {} labelled cases are left; lower the counts", count, name,
                open.size() - next, all.size());
    std::vector<std::string> ids(open.begin() + static_cast<std::ptrdiff_t>(next),
                                 open.begin() + static_cast<std::ptrdiff_t>(next + count));
    next += count;
    return ids;
  };
  Split split;
  split.train = draw(config.train, "train");
  split.validation = draw(config.validation, "validate");
  split.test = draw(config.test, "test");
  return split;
}

bool says_nothing(const SplitConfig& config) {
  for (const auto* part : {&config.train, &config.validation, &config.test})
    if (part->amount > 0 || !part->ids.empty()) return false;
  return config.file.empty() && config.folds == 0;
}

// As the data set's own table divides the cases.
Split from_cases(const std::vector<Case>& cases) {
  Split split;
  for (const Case& c : cases) {
    if (c.part == "train") split.train.push_back(c.id);
    if (c.part == "validation") split.validation.push_back(c.id);
    if (c.part == "test") split.test.push_back(c.id);
  }
  return split;
}

void check(const Split& split, const std::vector<Case>& cases) {
  std::map<std::string, bool> has_label;
  for (const Case& c : cases) has_label[c.id] = !c.label.empty();
  std::map<std::string, std::string> part_of;
  std::vector<std::string> unknown, unlabelled;
  const std::pair<const char*, const std::vector<std::string>*> parts[] = {
      {"train", &split.train}, {"validation", &split.validation}, {"test", &split.test}};
  for (const auto& [name, ids] : parts)
    for (const std::string& id : *ids) {
      if (const auto [at, fresh] = part_of.emplace(id, name); !fresh)
        fail_data("data.split: the case {} is in {} and in {}; a case belongs to one part", id, at->second, name);
      const auto found = has_label.find(id);
      if (found == has_label.end())
        unknown.push_back(id);
      else if (!found->second)
        unlabelled.push_back(id);
    }
  if (!unknown.empty()) fail_data("data.split: not in the data set: {}; correct the ids or data.root", listed(unknown));
  if (!unlabelled.empty())
    fail_data("data.split: without a label file: {}; a case without label is for inference only", listed(unlabelled));
  if (split.train.empty()) fail_data("data.split: no case to train on; set e.g. data.split={{train: 0.8, validation: 0.2}}");
}

}  // namespace

Split make_split(const DataConfig& config, const std::vector<Case>& cases) {
  Split split = says_nothing(config.split)   ? from_cases(cases)
                : !config.split.file.empty() ? from_file(find_split(config))
                : config.split.folds > 0     ? from_folds(config, cases)
                                             : from_amounts(config.split, cases);
  for (auto* part : {&split.train, &split.validation, &split.test}) std::sort(part->begin(), part->end());
  check(split, cases);
  return split;
}

std::string split_json(const Split& split) {
  return json{{"train", split.train}, {"validation", split.validation}, {"test", split.test}}.dump(1) + "\n";
}

}  // namespace seg
