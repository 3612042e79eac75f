#include "run/experiment.h"

#include "core/error.h"
#include "core/log.h"
#include "data/layouts.h"
#include "data/split.h"

namespace seg {

Experiment::Experiment(const Config& config)
    : dataset_(find_dataset(config.data)),
      split_(make_split(config.data, dataset_.cases)),
      regions_(regions_of(config.evaluation, dataset_.labels.classes)),
      cache_(config.prep, config.data.root.text, dataset_.labels.to_class) {
  for (const Case& c : dataset_.cases) by_id_[c.id] = c;
  log::info(
      "{}: {} cases ({} to train, {} to validate, {} to test), {} channels, {} classes with "
      "background",
      dataset_.name, dataset_.cases.size(), split_.train.size(), split_.validation.size(),
      split_.test.size(), channels(), classes());
}

void Experiment::build_cache() { cache_.build(all()); }

std::vector<Case> Experiment::all() const {
  std::vector<Case> cases;
  for (const SplitPart name : {SplitPart::train, SplitPart::validation, SplitPart::test})
    for (const Case& c : part(name)) cases.push_back(c);
  return cases;
}

std::vector<Case> Experiment::part(SplitPart part) const {
  std::vector<Case> cases;
  for (const std::string& id : split_.of(part)) cases.push_back(by_id_.at(id));
  return cases;
}

}  // namespace seg
