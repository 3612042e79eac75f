#include "evaluation/folder_labels.h"

#include "config/labels_file.h"
#include "core/error.h"
#include "core/ignore.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/signals.h"
#include "data/layouts.h"
#include "image/nifti.h"

#include <torch/types.h>

#include <set>
#include <span>

namespace seg {
namespace fs = std::filesystem;
namespace {

FolderLabels with_regions(LabelMap map, const Groups& groups) {
  EvaluationConfig config;
  config.regions = groups;
  std::vector<Region> regions = regions_of(config, map.classes);
  return {std::move(map), std::move(regions)};
}

std::optional<DescribedLabels> described(const fs::path& truth, const fs::path& prediction) {
  for (const fs::path& folder : {prediction, truth, fs::absolute(truth).parent_path(),
                                 fs::absolute(prediction).parent_path()})
    try {
      if (auto labels = described_label_map(folder)) {
        log::info("labels: as {} names them", (folder / "dataset.json").string());
        return labels;
      }
    } catch (const Error& e) {
      throw Error(e.kind(), std::string(e.what()) + "; or name the labels by --labels FILE");
    }
  return std::nullopt;
}

void add_values(const fs::path& file, std::set<int>& values) {
  if (file.empty()) return;
  try {
    const torch::Tensor voxels = read_label(file).voxels.contiguous();
    const std::span all(voxels.const_data_ptr<std::int32_t>(),
                        static_cast<std::size_t>(voxels.numel()));
    int last = 0;
    for (const std::int32_t value : all) {
      if (value != last && value != 0) values.insert(value);
      last = value;
    }
  } catch (const Error&) {
    return;  // told when the case is evaluated
  }
}

LabelMap values_found(const std::vector<LabelFiles>& files) {
  std::set<int> values;
  Progress progress("reading label values", "cases", static_cast<std::int64_t>(files.size()));
  for (const LabelFiles& f : files) {
    throw_if_stopped();
    add_values(f.truth, values);
    add_values(f.prediction, values);
    progress.advance();
  }
  if (values.empty())
    fail_data("no label file holds a voxel that is not background, so there is nothing to measure");
  Pairs labels;
  for (const int value : values) labels.emplace_back(std::to_string(value), std::to_string(value));
  if (values.size() > kMostClasses - 1)
    fail_data(
        "the label files hold {} different values, of which at most 254 can be measured; name "
        "those "
        "wanted by --labels FILE",
        values.size());
  return label_map(labels, "the values of the label files");
}

}  // namespace

FolderLabels folder_labels(const fs::path& labels_file, const fs::path& truth,
                           const fs::path& prediction, const std::vector<LabelFiles>& files) {
  if (!labels_file.empty()) {
    const LabelsFile file = read_labels_file(labels_file);
    return with_regions(label_map(file.labels, labels_file.string() + ": labels"), file.regions);
  }
  if (const auto found = described(truth, prediction))
    return with_regions(found->map, found->regions);
  return with_regions(values_found(files), {});
}

}  // namespace seg
