#pragma once
// Figures 2 and 3 of the paper: what runs found in the same slices.
#include "study/figure_sheet.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace seg {

struct QualitativeColumn {
  std::string title;
  std::filesystem::path run;
};

struct QualitativeRow {
  std::string case_id;
  std::optional<std::int64_t> slice = {};  // from 1, from the feet; else that of most classes
};

struct QualitativeRequest {
  std::vector<QualitativeColumn> columns;
  // Empty: the cases of the worst, the median and the best mean DSC in the dsc.csv of the last
  // column's run.
  std::vector<QualitativeRow> rows = {};
  std::string checkpoint = "best";          // of each run, as FinishedRun::checkpoint has it
  std::vector<std::string> overrides = {};  // of each run's configuration: "data.root=DIR"
};

// A row per slice: the truth, then each run's labels, painted over the image's first channel.
// Labels are predicted now, as evaluation in preprocessed space does. Throws Error(config) where
// the runs do not share data set, classes and preprocessing, where a run was trained on one of the
// cases or has it in another part of its split than the others, and for cases and slices that are
// not there.
Figure qualitative_figure(const QualitativeRequest& request);

// The figure as stem.svg and stem.png.
void write_qualitative_figure(const QualitativeRequest& request, const std::filesystem::path& stem);

}  // namespace seg
