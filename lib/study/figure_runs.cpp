#include "study/figure_runs.h"

#include "core/error.h"
#include "data/comma_list.h"
#include "run/finished_run.h"

#include <algorithm>

namespace seg {
namespace {

constexpr const char* choose_alike =
    "name runs of one data set, with the same classes and preprocessing";

// The keys of prep that change what is seen, as key_values has them.
std::vector<KeyValue> seen_keys(const Config& config) {
  std::vector<KeyValue> keys = key_values(config.prep);
  std::erase_if(keys, [](const KeyValue& key) { return key.affects == Affects::nothing; });
  return keys;
}

void require_same_prep(const FigureRun& a, const FigureRun& b) {
  const std::vector<KeyValue> first = seen_keys(a.config), second = seen_keys(b.config);
  for (std::size_t i = 0; i < first.size(); ++i)
    if (first[i].value != second[i].value)
      fail_config("prep.{} is {} in {} and {} in {}; {}", first[i].key, first[i].value,
                  a.folder.string(), second[i].value, b.folder.string(), choose_alike);
}

void require_alike(const FigureRun& a, const FigureRun& b) {
  const Dataset &first = a.experiment.dataset(), &second = b.experiment.dataset();
  if (first.name != second.name)
    fail_config("{} is of the data set {} and {} of {}; {}", a.folder.string(), first.name,
                b.folder.string(), second.name, choose_alike);
  if (first.labels.classes != second.labels.classes ||
      first.labels.to_class != second.labels.to_class)
    fail_config("{} has the classes {} and {} has {}; {}", a.folder.string(),
                comma_list(first.labels.classes), b.folder.string(),
                comma_list(second.labels.classes), choose_alike);
  require_same_prep(a, b);
}

std::optional<SplitPart> part_with(const std::string& id, const Split& split) {
  for (const SplitPart part : {SplitPart::train, SplitPart::validation, SplitPart::test}) {
    const std::vector<std::string>& ids = split.of(part);
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) return part;
  }
  return std::nullopt;
}

std::string part_text(std::optional<SplitPart> part) {
  return part ? fmt::format("a {} case", word_of(*part)) : "no case of the split";
}

}  // namespace

std::vector<FigureRun> figure_runs(const QualitativeRequest& request) {
  std::vector<FigureRun> runs;
  for (const QualitativeColumn& column : request.columns) {
    const Config config = FinishedRun(column.run).config(request.overrides);
    runs.push_back({column.run, config, Experiment(config)});
    require_alike(runs[0], runs.back());
  }
  if (runs.empty()) fail_config("a figure without a run: name one or more");
  return runs;
}

void require_unseen(const std::string& case_id, const std::vector<FigureRun>& runs) {
  const auto first = part_with(case_id, runs.at(0).experiment.split());
  for (const FigureRun& run : runs) {
    const auto part = part_with(case_id, run.experiment.split());
    if (part == SplitPart::train)
      fail_config("case {}: {} was trained on it; name cases of its test part", case_id,
                  run.folder.string());
    if (part != first)
      fail_config("case {}: is {} of {} and {} of {}; name runs of one split", case_id,
                  part_text(first), runs[0].folder.string(), part_text(part), run.folder.string());
  }
}

}  // namespace seg
