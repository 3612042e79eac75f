#pragma once
#include "config/fields.h"

namespace seg {

enum class Layout { dataset_json, case_folders, csv };
constexpr auto words_of(Layout) {
  using enum Layout;
  return std::to_array<Word<Layout>>(
      {{dataset_json, "dataset_json"}, {case_folders, "case_folders"}, {csv, "csv"}});
}

enum class Modality { all, ct, mr };
constexpr auto words_of(Modality) {
  using enum Modality;
  return std::to_array<Word<Modality>>({{all, "all"}, {ct, "ct"}, {mr, "mr"}});
}

enum class Sampling { slices, volume, random };
constexpr auto words_of(Sampling) {
  using enum Sampling;
  return std::to_array<Word<Sampling>>(
      {{slices, "slices"}, {volume, "volume"}, {random, "random"}});
}

enum class SplitPart { train, validation, test };
constexpr auto words_of(SplitPart) {
  using enum SplitPart;
  return std::to_array<Word<SplitPart>>(
      {{train, "train"}, {validation, "validation"}, {test, "test"}});
}

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
void write_value(YAML::Node& out, const SplitConfig& value);
std::string type_name(const SplitConfig&);

// Which cases, channels and labels, and which patches are drawn from them.
struct DataConfig {
  Path root;
  Layout layout = Layout::dataset_json;
  Pairs channels;
  Pairs labels;
  Modality modality = Modality::all;
  SplitConfig split;
  std::int64_t fold = 0;
  Sampling sampling = Sampling::slices;
  std::int64_t slice_overlap = 16;
  double foreground_share = 1.0 / 3.0;
  std::int64_t workers = 0;
  std::int64_t prefetch = 4;

  void describe(Fields& fields);
};

}  // namespace seg
