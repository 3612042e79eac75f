#pragma once
#include "config/data_config.h"
#include "data/dataset.h"

namespace seg {

// The split that data.split describes, else the one of the data set's own table. Counts and
// fractions are drawn without replacement from the labelled cases that are not held out, with its
// seed; folds are drawn likewise from what the test part leaves, data.fold validates. A split file
// is looked for under data.root first. Throws Error(data): a case in two parts, an unknown case, a
// case without label, too few cases, nothing to train on; Error(config): a fold that there is not.
Split make_split(const DataConfig& config, const std::vector<Case>& cases);

// {"train": [...], "validation": [...], "test": [...]}, as data.split reads it.
std::string split_json(const Split& split);

}  // namespace seg
