#include "evaluation/comparison.h"

#include "core/error.h"
#include "data/csv_table.h"
#include "report/metric_table.h"
#include "statistics/holm.h"
#include "statistics/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

std::size_t column_of(const CsvTable& table, const std::string& name, const fs::path& file) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  if (found != table.columns.end()) return static_cast<std::size_t>(found - table.columns.begin());
  std::string known;
  for (const std::string& column : table.columns) known += (known.empty() ? "" : ", ") + column;
  fail_data("{}: has no column '{}' (it has {}); evaluate the run again with segeval",
            file.string(), name, known);
}

double value_of(const std::string& text, const fs::path& file, std::size_t line) {
  if (text.empty()) return kAbsent;
  if (text == "inf") return std::numeric_limits<double>::infinity();
  std::size_t read = 0;
  try {
    const double value = std::stod(text, &read);
    if (read == text.size()) return value;
  } catch (const std::exception&) {
    read = 0;
  }
  fail_data("{}:{}: '{}' is no number; evaluate the run again", file.string(), line, text);
}

// Its place in the list, where it is put if it is new.
std::size_t place_in(std::vector<std::string>& list, const std::string& name) {
  const auto found = std::find(list.begin(), list.end(), name);
  if (found != list.end()) return static_cast<std::size_t>(found - list.begin());
  list.push_back(name);
  return list.size() - 1;
}

// Those of the first run's names that every run has; the others are told.
std::vector<std::string> common(const std::vector<EvaluatedRun>& runs,
                                std::vector<std::string> EvaluatedRun::*names, const char* what,
                                std::vector<std::string>& notes) {
  std::vector<std::string> all, shared;
  for (const EvaluatedRun& run : runs)
    for (const std::string& name : run.*names) place_in(all, name);
  std::string left_out;
  std::size_t count = 0;
  for (const std::string& name : all) {
    const bool everywhere = std::all_of(runs.begin(), runs.end(), [&](const EvaluatedRun& run) {
      return std::find((run.*names).begin(), (run.*names).end(), name) != (run.*names).end();
    });
    if (everywhere) shared.push_back(name);
    if (everywhere || ++count > 5) continue;
    left_out += (left_out.empty() ? "" : ", ") + name;
  }
  if (count > 0)
    notes.push_back(fmt::format("{} {} that not every run has left out: {}{}.", count, what,
                                left_out, count > 5 ? ", ..." : ""));
  if (shared.empty()) fail_data("--compare: the runs have none of the {} in common", what);
  return shared;
}

// values[case][region] in the order of the names.
std::vector<std::vector<double>> selected(EvaluatedRun run, const std::vector<std::string>& cases,
                                          const std::vector<std::string>& regions) {
  std::vector<std::vector<double>> out;
  for (const std::string& c : cases) {
    const std::vector<double>& row = run.values[place_in(run.cases, c)];
    std::vector<double> values;
    for (const std::string& r : regions) values.push_back(row[place_in(run.regions, r)]);
    out.push_back(values);
  }
  return out;
}

std::vector<double> column(const std::vector<std::vector<double>>& values, std::size_t region) {
  std::vector<double> out;
  for (const auto& row : values) out.push_back(row[region]);
  return out;
}

// Of each case, over the regions in which every run has a finite value.
std::vector<std::vector<double>> case_means(
    const std::vector<std::vector<std::vector<double>>>& runs) {
  std::vector<std::vector<double>> means(runs[0].size(), std::vector<double>(runs.size(), kAbsent));
  for (std::size_t i = 0; i < means.size(); ++i) {
    std::vector<std::vector<double>> kept(runs.size());
    for (std::size_t r = 0; r < runs[0][i].size(); ++r) {
      if (!std::all_of(runs.begin(), runs.end(),
                       [&](const auto& run) { return std::isfinite(run[i][r]); }))
        continue;
      for (std::size_t k = 0; k < runs.size(); ++k) kept[k].push_back(runs[k][i][r]);
    }
    for (std::size_t k = 0; k < runs.size(); ++k) means[i][k] = summary_of(kept[k]).mean;
  }
  return means;
}

Difference difference_of(const std::string& region, const std::string& run,
                         const std::vector<double>& first, const std::vector<double>& other,
                         Better better) {
  Difference d{.region = region, .run = run};
  std::vector<double> a, b;
  CasesByMethod pairs;
  for (std::size_t i = 0; i < first.size(); ++i) {
    pairs.push_back({other[i], first[i]});
    if (!std::isfinite(first[i]) || !std::isfinite(other[i])) continue;
    a.push_back(first[i]);
    b.push_back(other[i]);
  }
  d.mean_first = summary_of(a).mean;
  d.mean = summary_of(b).mean;
  d.interval = bootstrap_mean_difference(b, a, kBootstrapSeed);
  d.test = wilcoxon(other, first);
  d.outcomes = outcomes(pairs, better)[0][1];
  return d;
}

}  // namespace

EvaluatedRun read_evaluation(const fs::path& place, const std::string& metric) {
  const fs::path file = fs::is_directory(place) ? place / "dsc.csv" : place;
  if (!fs::exists(file))
    fail_data("--compare {}: there is no {}; evaluate the run with segeval first", place.string(),
              file.string());
  const CsvTable table = read_csv(file);
  const std::size_t in_case = column_of(table, "case", file),
                    in_region = column_of(table, "region", file),
                    in_metric = column_of(table, metric, file);
  EvaluatedRun run{.name = place.string()};
  std::map<std::pair<std::size_t, std::size_t>, double> values;
  for (const CsvTable::Row& row : table.rows) {
    const std::pair at{place_in(run.cases, row.values[in_case]),
                       place_in(run.regions, row.values[in_region])};
    if (!values.emplace(at, value_of(row.values[in_metric], file, row.line)).second)
      fail_data("{}:{}: case {} has the region {} twice", file.string(), row.line,
                row.values[in_case], row.values[in_region]);
  }
  run.values.assign(run.cases.size(), std::vector<double>(run.regions.size(), kAbsent));
  for (const auto& [at, value] : values) run.values[at.first][at.second] = value;
  return run;
}

Comparison compare(const std::vector<EvaluatedRun>& runs, const std::string& metric) {
  Comparison out{.metric = metric};
  out.better = metric.ends_with("_mm") ? Better::lower : Better::higher;  // a distance
  for (const EvaluatedRun& run : runs) out.runs.push_back(run.name);
  out.cases = common(runs, &EvaluatedRun::cases, "cases", out.notes);
  const std::vector<std::string> regions =
      common(runs, &EvaluatedRun::regions, "regions", out.notes);
  std::vector<std::vector<std::vector<double>>> values;
  for (const EvaluatedRun& run : runs) values.push_back(selected(run, out.cases, regions));
  const std::vector<std::vector<double>> means = case_means(values);
  for (std::size_t k = 1; k < runs.size(); ++k) {
    for (std::size_t r = 0; r < regions.size(); ++r)
      out.differences.push_back(difference_of(regions[r], runs[k].name, column(values[0], r),
                                              column(values[k], r), out.better));
    out.differences.push_back(
        difference_of("mean", runs[k].name, column(means, 0), column(means, k), out.better));
  }
  std::vector<double> p;
  for (const Difference& d : out.differences) p.push_back(d.test.two_sided);
  const std::vector<double> adjusted = holm(p);
  for (std::size_t i = 0; i < adjusted.size(); ++i) out.differences[i].holm = adjusted[i];
  out.ranking = rank_methods(means, out.better, kBootstrapSeed);
  return out;
}

}  // namespace seg
