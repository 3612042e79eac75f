#pragma once
// What the values in two folders of label files mean.
#include "data/dataset.h"
#include "evaluation/folder_pairs.h"
#include "metric/regions.h"

namespace seg {

struct FolderLabels {
  LabelMap map;
  std::vector<Region> regions;
};

// Of `labels_file` (config/labels_file.h); where it is empty, of the dataset.json in either folder
// or above it; else every value that a file holds is a class by the name of its number: a pass over
// all files, in which one that cannot be read is passed over (its turn comes). Throws Error(config)
// or Error(data) where no class comes out.
FolderLabels folder_labels(const std::filesystem::path& labels_file,
                           const std::filesystem::path& truth,
                           const std::filesystem::path& prediction,
                           const std::vector<LabelFiles>& files);

}  // namespace seg
