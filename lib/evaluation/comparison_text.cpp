#include "core/text.h"
#include "evaluation/comparison.h"

#include <fmt/format.h>

#include <cmath>

namespace seg {
namespace {

std::string figure(double value) { return std::isnan(value) ? "" : fmt::format("{:.4f}", value); }

std::string p_or_undefined(double p) { return std::isnan(p) ? "undefined" : p_text(p); }

std::string difference_row(const Difference& d) {
  const auto with_infinite = [](double mean, std::int64_t infinite) {
    return figure(mean) + (infinite > 0 ? fmt::format(" ({} inf)", infinite) : "");
  };
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", markdown_cell(d.region),
                     with_infinite(d.mean_first, d.infinite_first),
                     with_infinite(d.mean, d.infinite),
                     std::isnan(d.mean) ? "" : fmt::format("{:+.4f}", d.mean - d.mean_first),
                     std::isnan(d.interval.low)
                         ? ""
                         : fmt::format("{:+.4f} to {:+.4f}", d.interval.low, d.interval.high),
                     p_or_undefined(d.test.two_sided), p_or_undefined(d.holm),
                     fmt::format("{}/{}/{}", d.outcomes.wins, d.outcomes.ties, d.outcomes.losses));
}

std::string ranking_table(const Comparison& c) {
  std::string text = "| run | mean rank | rank |", rule = "|---|---|---|";
  for (std::size_t r = 0; r < c.runs.size(); ++r) {
    text += fmt::format(" rank {} |", r + 1);
    rule += "---|";
  }
  text += "\n" + rule + "\n";
  for (std::size_t k = 0; k < c.runs.size(); ++k) {
    text += fmt::format("| {} | {} | {} |", markdown_cell(c.runs[k]), figure(c.ranking.means[k]),
                        c.ranking.ranks[k]);
    for (std::size_t r = 0; r < c.runs.size(); ++r)
      text += c.ranking.shares.empty() ? " |"
                                       : fmt::format(" {:.1f} % |", 100 * c.ranking.shares[k][r]);
    text += "\n";
  }
  return text;
}

std::string csv_line(const Comparison& c, const Difference& d) {
  std::string csv = fmt::format("{},{},{},{}", c.metric, csv_value(d.run), csv_value(c.runs[0]),
                                csv_value(d.region));
  for (const double v :
       {d.mean_first, d.mean, d.mean - d.mean_first, d.interval.low, d.interval.high})
    csv += std::isnan(v) ? "," : fmt::format(",{:.6f}", v);
  csv += fmt::format(",{},{},{},{}", d.test.nonzero, d.test.w_plus, d.test.w_minus,
                     d.test.exact ? 1 : 0);
  for (const double p : {d.test.two_sided, d.holm})
    csv += std::isnan(p) ? "," : fmt::format(",{}", p);
  return csv + fmt::format(",{},{},{},{},{},{}\n", d.outcomes.wins, d.outcomes.ties,
                           d.outcomes.losses, d.outcomes.left_out, d.infinite_first, d.infinite);
}

}  // namespace

std::string p_text(double p) {
  if (std::isnan(p)) return "";
  return p < 1e-4 ? fmt::format("{:.1e}", p) : fmt::format("{:.4f}", p);
}

std::string comparison_markdown(const Comparison& c) {
  std::string text = fmt::format("{} of {} cases against {}\n", c.metric, c.cases.size(),
                                 markdown_cell(c.runs[0]));
  for (const auto& rows : c.differences) {
    text += fmt::format(
        "\n{}\n\n| region | first | this | difference | 95 % interval | p | p (Holm) | "
        "win/tie/loss |\n|---|---|---|---|---|---|---|---|\n",
        markdown_cell(rows.front().run));
    for (const Difference& d : rows) text += difference_row(d);
  }
  text +=
      "\np: paired Wilcoxon signed-rank test, two-sided, exact up to 50 pairs; Holm's correction "
      "is "
      "over all rows. Means, difference and interval (bootstrap over cases) are of the pairs that "
      "are finite on both sides; an infinite distance takes part in the test and in win/tie/loss. "
      "Where only one of two runs makes up a structure that the truth does not have, the other "
      "counts as perfect there.\n\nMean over cases and regions of each run's rank there, and how "
      "often it is first, second ... in bootstrap draws of the cases:\n\n";
  text += ranking_table(c);
  for (const std::string& note : c.notes) text += "\n" + markdown_cell(note) + "\n";
  return text;
}

std::string comparison_csv(const Comparison& c) {
  std::string csv =
      "metric,run,first,region,mean_first,mean,difference,difference_low_95,difference_high_95,"
      "pairs_nonzero,w_plus,w_minus,exact,p,p_holm,wins,ties,losses,left_out,"
      "infinite_first,infinite\n";
  for (const auto& rows : c.differences)
    for (const Difference& d : rows) csv += csv_line(c, d);
  return csv;
}

}  // namespace seg
