#pragma once
#include "config/fields.h"

namespace seg {

// How cases are divided (data.split): a JSON file with lists train, validation, test; or the same
// three keys here, each a list of case ids, a count (1 or more) or a fraction (below 1). Counts and
// fractions are drawn with `seed`.
struct SplitConfig {
  struct Part {
    double amount = 0;  // count or fraction; unused where ids are given
    std::vector<std::string> ids;
  };
  Path file;
  Part train, validation, test;
  std::int64_t seed = 0;
  std::int64_t folds = 0;  // 0: no folds; k: validation is fold data.fold of k, the rest trains
};
void read_value(const YAML::Node& node, const Rule& rule, SplitConfig& value);
YAML::Node write_value(const SplitConfig& value);
std::string type_name(const SplitConfig&);

// Which cases, channels and labels, and which patches are drawn from them.
struct DataConfig {
  Path root;
  std::string layout = "dataset_json";
  Pairs channels;
  Pairs labels;
  std::string modality = "all";
  SplitConfig split;
  std::int64_t fold = 0;
  std::string sampling = "slices";
  std::int64_t slice_overlap = 16;
  double foreground_share = 1.0 / 3.0;
  std::int64_t workers = 0;
  std::int64_t prefetch = 4;

  void describe(Fields& fields);
};

}  // namespace seg
