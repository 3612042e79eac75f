#pragma once
// Every problem of every case of a data set, found before any training.
#include "prep/preprocess.h"

namespace seg {

enum class ProblemKind {
  missing_channel,
  two_files,
  unreadable,
  truncated,
  dimensions,
  voxel_type,
  spacing,
  too_large,
  direction,
  grid_mismatch,
  grid_resampled,
  grids_apart,
  nan_voxels,
  nan_filled,
  label_fractional,
  label_unknown,
  form_conflict,
  no_orientation,
  constant_channel,
  duplicate,
  label_empty,
  lone_label,
  empty_folder,
  no_label,
  crop_loss,
  orientation_mix
};

enum class Severity {
  warning,
  error
};  // with an error, preprocessing would stop or the data would be wrong

struct ProblemDescription {
  ProblemKind kind;
  const char* id;  // as reports print it
  Severity severity;
  const char* sentence;  // what it means and what to do
};

// One entry per ProblemKind, in its order.
const std::vector<ProblemDescription>& problem_descriptions();
const ProblemDescription& description_of(ProblemKind kind);

struct Problem {
  ProblemKind kind;
  std::string id;              // of the case; "" for the data set as a whole
  std::filesystem::path file;  // may be empty
  std::string detail;
};

struct VerifyReport {
  std::int64_t cases = 0, files = 0;
  std::vector<Problem> problems;  // those of the layout, then by case, in the order of the cases
  std::int64_t count(Severity severity) const;
};

enum class Depth { headers, voxels };

// Reads all cases, several at once, with progress; or their headers alone, which finds what these
// say: files that cannot be read, types, grids, orientations. A channel with an empty path is
// missing. labels:
// file value -> class index (255 = ignore); classes: names by class index; layout: what
// data/layouts.h found wrong before any file was read. Throws nothing about the data: that is what
// the report is for.
VerifyReport verify(const std::vector<Case>& cases, const PrepConfig& config,
                    const std::map<int, std::uint8_t>& labels,
                    const std::vector<std::string>& classes, std::vector<Problem> layout = {},
                    Depth depth = Depth::voxels);

// For people: a line per problem, then what each kind means.
std::string verify_table(const VerifyReport& report);

// {"cases", "files", "errors", "warnings", "problems": [{"kind", "severity", "case", "file",
// "detail"}], "kinds": {id: sentence}}
std::string verify_json(const VerifyReport& report);

}  // namespace seg
