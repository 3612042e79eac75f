#include "study/table_caption.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace seg {
namespace {

std::string metric_sentence(const StudyTable& table, Space space) {
  return fmt::format("{} in {} space: {}.", table.dsc() ? "DSC" : table.metric, word_of(space),
                     space == Space::original ? "on the grid of the label's file"
                                              : "on the grid that training sees, within its crop");
}

std::string cell_sentence(const StudyTable& table, std::int64_t seeds) {
  std::string text = "A figure is the mean over the cases";
  if (seeds > 1)
    text += fmt::format(
        " of a run, of which the mean ± sample standard deviation over its "
        "seeds, up to {}, is shown",
        seeds);
  else
    text += ", of one seed";
  if (table.metric.ends_with("_mm"))
    return text + "; infinite ones are left out and counted (inf), and a seed of nothing else.";
  if (!table.dsc()) return text + ".";
  return text + "; a hyphen is a DSC of 0.";
}

std::string published_sentence(const Grid& grid) {
  return fmt::format(
      "Published figures stand in brackets; {} does not say of which space they are.",
      std::filesystem::path(grid.published.text).filename().string());
}

std::string average_sentence(const StudyTable& table) {
  std::string text =
      table.dsc()
          ? "Avg is the mean of the regions, those of DSC 0 left out as Huang and Sui (2024) do; "
            "below it with them. Bold is the best of a row; an average over fewer regions"
          : "Avg is the mean of the regions. Bold is the best of a row; a figure that leaves "
            "out more infinite ones or regions";
  return text + " than another is never bold, and underlined where it is better than the bold one.";
}

std::string difference_sentences(const Grid& grid, const StudyTable& table) {
  return fmt::format(
      "Δ is the difference from {} {}: of the rounded averages, and over the regions that {} in "
      "both. p is of the paired Wilcoxon signed-rank test against it over the cases, two-sided, a "
      "case's figure being the mean over its regions, {}, and the seeds; (n) is the number of "
      "pairs "
      "that count, where equal ones were left out; Holm's correction is over all of the table.",
      baseline_title(grid), table.dsc() ? "in percentage points" : "in the metric's unit",
      table.dsc() ? "are not 0" : "have a figure",
      table.dsc() ? "zeros counted" : "infinite where one of them is");
}

std::string count_of_cases(const std::vector<std::int64_t>& counts) {
  std::int64_t least = 0, most = 0;
  for (const std::int64_t n : counts) {
    if (n == 0) continue;
    least = least == 0 ? n : std::min(least, n);
    most = std::max(most, n);
  }
  if (most == 0) return "no run is done yet";
  return least == most ? fmt::format("{} case{}", most, most == 1 ? "" : "s")
                       : fmt::format("{} to {} cases", least, most);
}

std::string block_sentence(const TableBlock& block) {
  std::string text = block.title.empty() ? "Of this table: " : block.title + ": ";
  text += count_of_cases(block.cases);
  if (!block.what.empty()) text += fmt::format(" ({})", block.what);
  if (block.tau_columns > 1)
    text += fmt::format(
        "; Kendall's τ-b between the order of the columns by Avg here and the published "
        "one is {:.2f} over {} columns",
        block.tau, block.tau_columns);
  return text + ".";
}

}  // namespace

std::string baseline_title(const Grid& grid) {
  std::string title;
  for (const auto& [name, value] : grid.baseline)
    for (const AxisValue& v : grid.axis(name).values)
      if (v.name == value) title += (title.empty() ? "" : ", ") + v.title;
  return title;
}

std::vector<std::string> table_caption(const Grid& grid, const StudyTable& table,
                                       const ResultsRequest& request) {
  std::vector<std::string> sentences;
  if (!grid.caption.empty()) sentences.push_back(grid.caption);
  sentences.push_back(metric_sentence(table, request.space));
  sentences.push_back(cell_sentence(table, request.seeds));
  if (table.published) sentences.push_back(published_sentence(grid));
  sentences.push_back(average_sentence(table));
  if (!grid.baseline.empty()) sentences.push_back(difference_sentences(grid, table));
  for (const TableBlock& block : table.blocks) sentences.push_back(block_sentence(block));
  return sentences;
}

}  // namespace seg
