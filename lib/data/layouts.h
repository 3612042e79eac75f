#pragma once
// Where a data set's files are: AMOS, Decathlon and nnU-Net raw (dataset_json), BraTS (case_folders), or as a table says (csv: cases.csv,
// else the one CSV file of data.root, with columns id, one per channel, label and split; label and split may be missing or empty).
#include "config/data_config.h"
#include "data/case.h"

namespace seg {

// What happens to a case that lacks a channel: it is an error that lists all such cases, or it stays, the channel's path empty.
enum class Incomplete { refuse, keep };

// The cases of data.root by data.layout, sorted by id. Throws Error(data) for a missing folder, no case, a missing channel (all of them
// listed), or no description of the labels; Error(config) for a label map that does not make sense.
Dataset find_dataset(const DataConfig& config, Incomplete incomplete = Incomplete::refuse);

// data.labels as a map; value -> class name, several values may share a class, "ignore" leaves voxels out.
LabelMap label_map(const Pairs& labels);

}  // namespace seg
