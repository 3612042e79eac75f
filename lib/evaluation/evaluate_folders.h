#pragma once
// Two folders of label files from anywhere, compared in the geometry of the truth's files.
#include "evaluation/gallery.h"
#include "image/volume.h"
#include "report/metric_table.h"

#include <filesystem>
#include <functional>

namespace seg {

struct Folders {
  std::filesystem::path truth, prediction;
  std::filesystem::path labels = {};  // a YAML file (config/labels_file.h); empty: folder_labels.h
};

// A case to look at, on the canonical grid.
struct FolderView {
  std::string id;
  Volume truth;              // uint8 [D, H, W]
  torch::Tensor prediction;  // likewise
  std::vector<std::string> classes;
  const CaseMetrics& metrics;
};
using FolderObserver = std::function<void(const FolderView&)>;

struct FolderEvaluation {
  MetricTable table;             // failures: each case that is missing, unreadable, on another grid
  std::vector<int> file_values;  // by class index
};

// Every case of either folder is in the table; what fails counts as empty, so 0 where the other side
// is not (read_pair.h). Throws Error(data) where there is nothing to compare, Error(interrupted) on a
// stop signal.
FolderEvaluation evaluate_folders(const Folders& folders, const std::vector<double>& tolerances,
                                  const FolderObserver& observer = {});

}  // namespace seg
