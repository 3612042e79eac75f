#pragma once
// Which cases stand for a run.
#include <filesystem>
#include <string>
#include <vector>

namespace seg {

struct TypicalCase {
  std::string id;
  std::string why;  // "worst of CWCD by mean DSC, 0.712"
};

// The cases of the worst, the median (of two the lower) and the best mean DSC over the structures
// in truth or prediction, by the run's dsc.csv: of fewer than three cases the worst and the best,
// or the only one. title: the run's, for `why`. Throws Error(data) where there is no such file, or
// nothing in it.
std::vector<TypicalCase> typical_cases(const std::filesystem::path& run, const std::string& title);

}  // namespace seg
