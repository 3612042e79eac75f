#include "evaluation/evaluate_folders.h"

#include "core/error.h"
#include "core/path_name.h"
#include "core/progress.h"
#include "core/signals.h"
#include "evaluation/read_pair.h"
#include "image/orientation.h"

#include <torch/types.h>

#include <future>

namespace seg {
namespace {

// The cases in turn, the next one read while one is measured.
class PairsAhead {
 public:
  PairsAhead(const std::vector<LabelFiles>& files, const LabelMap& map) : files_(files), map_(map) {
    begin();
  }
  FolderCase next() {
    std::future<FolderCase> ready = std::move(coming_);
    begin();
    return ready.get();
  }

 private:
  void begin() {
    if (begun_ == files_.size()) return;
    coming_ =
        std::async(std::launch::async, [this, i = begun_++] { return read_pair(files_[i], map_); });
  }
  const std::vector<LabelFiles>& files_;
  const LabelMap& map_;
  std::size_t begun_ = 0;
  std::future<FolderCase> coming_;
};

// The data set's name: that of the folder, or of the one above labelsTr, labelsTs or labelsVa.
std::string dataset_of(const std::filesystem::path& truth) {
  const std::string name = name_of(truth);
  const bool part = name == "labelsTr" || name == "labelsTs" || name == "labelsVa";
  return part ? name_of(std::filesystem::absolute(truth) / "..") : name;
}

std::string counted(std::size_t n, const std::string& what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

}  // namespace

FolderView view_of(const std::string& id, const LabelPair& pair, const LabelMap& map) {
  const Orientation o = canonical_orientation(pair.geometry);
  return {id, reorient({pair.truth, pair.geometry}, o),
          reorient({pair.prediction, pair.geometry}, o).voxels, map.classes};
}

FolderCases find_cases(const Folders& folders) {
  FolderCases cases{folders, pair_by_name(folders.truth, folders.prediction), {}};
  cases.labels = folder_labels(folders.labels, folders.truth, folders.prediction, cases.files);
  return cases;
}

MetricTable evaluate_folders(const FolderCases& cases, const std::vector<double>& tolerances,
                             const PairObserver& on_pair, const FolderObserver& observer) {
  const auto& [folders, files, labels] = cases;
  MetricTable table{.regions = labels.regions};
  table.title =
      fmt::format("{} against {}, original space{}", folders.prediction.string(),
                  folders.truth.string(), regions_text(labels.regions, labels.map.classes));
  table.tolerances = tolerances;
  table.evaluated = {.dataset = dataset_of(folders.truth), .space = "original"};
  Progress progress("evaluating", "cases", static_cast<std::int64_t>(files.size()));
  PairsAhead pairs(files, labels.map);
  std::size_t reoriented = 0;
  std::string first;
  for (const LabelFiles& f : files) {
    throw_if_stopped();
    const FolderCase c = pairs.next();
    progress.advance();
    if (!c.failure.empty()) table.failures.push_back(c.failure);
    if (!c.usable()) continue;
    if (!c.reoriented.empty() && ++reoriented == 1) first = f.id + ", " + c.reoriented;
    CaseMetrics metrics = case_metrics(f.id, c.pair.prediction, c.pair.truth,
                                       c.pair.geometry.spacing_dhw(), labels.regions, tolerances);
    metrics.truth_file = f.truth.string();
    metrics.prediction_file = f.prediction.string();
    table.cases.push_back(metrics);
    if (on_pair) on_pair(f.id, c.pair);
    if (observer) observer(table.cases.back(), [&] { return view_of(f.id, c.pair, labels.map); });
  }
  if (table.cases.empty()) fail_data("no case can be measured: {}", table.failures[0]);
  if (reoriented > 0)
    table.notes.push_back(
        fmt::format("{} lay on the truth's grid with other axes and {} reoriented (the first: {}).",
                    counted(reoriented, "prediction"), reoriented == 1 ? "was" : "were", first));
  return table;
}

}  // namespace seg
