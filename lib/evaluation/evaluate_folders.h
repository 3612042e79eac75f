#pragma once
// Two folders of label files from anywhere, compared in the geometry of the truth's files.
#include "evaluation/evaluate.h"
#include "evaluation/folder_labels.h"

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
};
FolderView view_of(const std::string& id, const LabelPair& pair, const LabelMap& map);
// view() makes the copies that a picture needs.
using FolderObserver =
    std::function<void(const CaseMetrics& metrics, const std::function<FolderView()>& view)>;

// What is to be compared, before a voxel is measured.
struct FolderCases {
  Folders folders;
  std::vector<LabelFiles> files;
  FolderLabels labels;
};
FolderCases find_cases(const Folders& folders);

// The table holds every case of either folder but those whose truth cannot be used; what is missing
// or cannot be used counts as empty, so 0 where the other side is not (read_pair.h), and is told in
// the table's failures. Throws Error(data) where no case can be measured, Error(interrupted) on a
// stop signal.
MetricTable evaluate_folders(const FolderCases& cases, const std::vector<double>& tolerances,
                             const PairObserver& on_pair = {}, const FolderObserver& observer = {});

}  // namespace seg
