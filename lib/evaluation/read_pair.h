#pragma once
// One case of two folders, on one grid.
#include "evaluation/folder_pairs.h"
#include "evaluation/original_space.h"

namespace seg {

struct FolderCase {
  LabelPair pair;          // on the truth's grid; of a missing side zeros
  Geometry geometry;       // of that grid
  std::string failure;     // why a side counts as empty: a sentence, or ""
  std::string reoriented;  // "LPS to RAS" where the prediction's axes ran otherwise, or ""
};

// Reads the files. A side that is missing, cannot be read, holds a value that `map` does not know,
// or a prediction on another grid counts as empty, and `failure` says so. Where both sides fail
// there is nothing to measure: Error(data).
FolderCase read_pair(const LabelFiles& files, const LabelMap& map);

}  // namespace seg
