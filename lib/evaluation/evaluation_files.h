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

struct WrittenEvaluation {
  std::filesystem::path table, report;  // dsc.md, report.html
  std::string text;                     // of dsc.md, for the terminal, too
};

// Writes dsc.csv, dsc.md, summary.csv, long.csv and report.html into `folder`, with lesions
// lesions.csv and lesion-regions.csv, too (without, older ones go), each whole or not at all; with
// a suffix ("-validation") before each ending. algorithm: its name in long.csv. dsc.md is
// written last.
WrittenEvaluation write_evaluation(const std::filesystem::path& folder,
                                   const std::string& algorithm, const std::string& suffix,
                                   const MetricTable& table, const Gallery& gallery,
                                   const Background& background);

}  // namespace seg
