#pragma once
// The DSC table of one evaluation, per case and in summary.
#include "metric/dice.h"

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

struct CaseResult {
  std::string id;
  std::vector<DiceCounts> regions;  // parallel to DscTable::regions
};

struct DscTable {
  std::string title;  // "validation, step 300, WT = NTC + ED + ET"
  std::vector<Region> regions;
  std::vector<CaseResult> cases;
  std::string note = {};  // below the table in Markdown: a sentence

  // Mean over the cases where the region is in truth or prediction (zeros count); NaN where it is
  // in none.
  double mean(std::size_t region) const;
  // Mean of the region means, absent regions left out: selects the model. 0 where nothing is
  // present.
  double overall() const;
};

// dsc.csv: id, region, dsc, voxels of intersection, prediction and truth; one line per case and
// region.
void write_csv(const DscTable& table, const std::filesystem::path& path);
// dsc.md, and what the terminal shows: a row per region with mean, standard deviation, lowest,
// cases; a hyphen for a mean of 0; then the three row means, labelled all, nonzero and present.
std::string markdown(const DscTable& table);

}  // namespace seg
