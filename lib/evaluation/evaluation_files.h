#pragma once
// What an evaluation leaves behind.
#include "evaluation/gallery.h"
#include "evaluation/lesion_table.h"
#include "report/history.h"
#include "report/metric_table.h"

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

// What a report shows beside the table; empty where there is none.
struct Background {
  std::vector<EpochRecord> history = {};
  std::string configuration = {};  // YAML
  const LesionTable* lesions = nullptr;
};

// What the terminal shows and dsc.md holds.
std::string evaluation_text(const MetricTable& table, const LesionTable* lesions);

// Writes dsc.csv, dsc.md, summary.csv, long.csv and report.html into `folder`, with lesions
// lesions.csv and lesion-regions.csv, too (without, older ones go), each whole or not at all; with
// a suffix ("-validation") before each ending. algorithm: its name in long.csv. Returns the path of
// dsc.md, which is written last.
std::filesystem::path write_evaluation(const std::filesystem::path& folder,
                                       const std::string& algorithm, const std::string& suffix,
                                       const MetricTable& table, const Gallery& gallery,
                                       const Background& background);

// The report that was written with a dsc.md.
std::filesystem::path report_beside(const std::filesystem::path& dsc_md);

}  // namespace seg
