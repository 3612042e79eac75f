#pragma once
// Where a data set's files are: AMOS, Decathlon and nnU-Net raw (dataset_json), BraTS
// (case_folders), or as a table says (csv: cases.csv, else the one CSV file of data.root, with
// columns id, one per channel, label and split; label and split may be missing or empty).
#include "config/data_config.h"
#include "data/dataset.h"

#include <optional>

namespace seg {

struct Problem;  // prep/verify.h

// What happens to a case that lacks a channel or has two files for one: an error that lists all
// such cases, or it stays, the path of a missing channel empty, with an entry in Dataset::problems.
enum class Incomplete { refuse, keep };

// The cases of data.root by data.layout, sorted by id. Throws Error(data) for a missing folder, no
// case, a missing channel (all of them listed), or no description of the labels; Error(config) for
// a label map that does not make sense.
Dataset find_dataset(const DataConfig& config, Incomplete incomplete = Incomplete::refuse);

// Ids are to go into JSON and names of files. cases: sorted by id. Throws Error(data), which begins
// with `source`, for one that is not UTF-8 and one that is there twice.
void check_ids(const std::vector<Case>& cases, const std::string& source);

// "NAME is channel 't1' as OTHER is; ..." or "has no file ...".
std::string problem_text(const FileProblem& problem);

// What `segprep verify` reports of the data set's files before it reads any: problems, labels
// without an image, cases without a label.
std::vector<Problem> layout_problems(const Dataset& dataset);

// What FOLDER/dataset.json says of the labels (Decathlon, AMOS, nnU-Net); nothing where there is no
// such file. Where nnU-Net has regions, {"whole tumor": [1, 2, 3]}, the classes are named by their
// values.
struct DescribedLabels {
  LabelMap map;
  Groups regions;  // empty: none are described
};
std::optional<DescribedLabels> described_label_map(const std::filesystem::path& folder);

// data.labels as a map; value -> class name, several values may share a class, "ignore" leaves
// voxels out, 0 is background. source: what errors name.
LabelMap label_map(const Pairs& labels, const std::string& source = "data.labels");

}  // namespace seg
