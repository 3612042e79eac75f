#include "study/figure_cases.h"

#include "core/error.h"
#include "evaluation/comparison.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace seg {
namespace {

using ScoredCase = std::pair<double, std::string>;

// By their score, of equal ones by id.
std::vector<ScoredCase> cases_by_score(const std::filesystem::path& run) {
  if (!std::filesystem::exists(run / "dsc.csv"))
    fail_data(
        "{}: there is no dsc.csv by which to choose cases; evaluate the run with segeval, or name "
        "cases",
        run.string());
  const EvaluatedRun evaluated = read_evaluation(run, "dsc");
  std::vector<ScoredCase> scored;
  for (std::size_t i = 0; i < evaluated.cases.size(); ++i)
    if (const double score = mean_of_present(evaluated.values[i]); !std::isnan(score))
      scored.emplace_back(score, evaluated.cases[i]);
  if (scored.empty()) fail_data("{}: no case of dsc.csv has a DSC; name cases", run.string());
  std::sort(scored.begin(), scored.end());
  return scored;
}

}  // namespace

std::vector<TypicalCase> typical_cases(const std::filesystem::path& run, const std::string& title) {
  const std::vector<ScoredCase> scored = cases_by_score(run);
  const auto chosen = [&](const char* which, std::size_t i) {
    return TypicalCase{scored[i].second,
                       fmt::format("{} of {} by mean DSC, {:.3f}", which, title, scored[i].first)};
  };
  const std::size_t last = scored.size() - 1;
  if (last == 0) return {chosen("the only case", 0)};
  if (last == 1) return {chosen("worst", 0), chosen("best", 1)};
  return {chosen("worst", 0), chosen("median", last / 2), chosen("best", last)};
}

}  // namespace seg
