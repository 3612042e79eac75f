#pragma once
// One case of two folders, on one grid.
#include "evaluation/folder_pairs.h"
#include "evaluation/original_space.h"

namespace seg {

struct FolderCase {
  LabelPair pair;          // on the truth's grid; of a side that counts as empty zeros
  std::string failure;     // why a side counts as empty, or the case is left out; or ""
  std::string reoriented;  // "LPS to RAS" where the prediction's axes ran otherwise, or ""

  bool usable() const { return pair.truth.defined(); }
};

// Reads the files. A side without a file counts as empty, and so does a prediction that cannot be
// read, holds a value that `map` does not know, or lies on another grid. Where the truth cannot be
// used, or nothing is left of both sides, there is nothing to measure: the case is not usable.
FolderCase read_pair(const LabelFiles& files, const LabelMap& map);

}  // namespace seg
