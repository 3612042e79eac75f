#include "evaluation/comparison.h"

#include "core/error.h"
#include "report/metric_table.h"
#include "statistics/holm.h"
#include "statistics/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seg {
namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

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

// An absent value beside one that is not: the other run made a structure up, this one is right.
void count_absent_as_perfect(std::vector<double*> values, Better better) {
  if (std::all_of(values.begin(), values.end(), [](double* v) { return std::isnan(*v); })) return;
  for (double* v : values)
    if (std::isnan(*v)) *v = better == Better::higher ? 1 : 0;
}

std::vector<double> case_means(const std::vector<std::vector<double>>& values) {
  std::vector<double> means;
  for (const auto& row : values) means.push_back(mean_of_present(row));
  return means;
}

// The rank of each of several values, equal ones sharing the mean of theirs.
std::vector<double> mid_ranks(const std::vector<double>& values, Better better) {
  std::vector<double> ranks;
  for (const double v : values) {
    double ahead = 0, equal = 0;
    for (const double other : values) {
      ahead += better == Better::higher ? other > v : other < v;
      equal += other == v;
    }
    ranks.push_back(ahead + (equal + 1) / 2);
  }
  return ranks;
}

// values[run][case][region] -> the mean rank of each run in each case; NaN for a case of nothing.
CasesByMethod ranks_by_case(const std::vector<std::vector<std::vector<double>>>& values,
                            Better better) {
  CasesByMethod ranks;
  for (std::size_t i = 0; i < values[0].size(); ++i) {
    std::vector<std::vector<double>> of_run(values.size());
    for (std::size_t r = 0; r < values[0][i].size(); ++r) {
      std::vector<double> runs;
      for (const auto& run : values) runs.push_back(run[i][r]);
      if (std::isnan(runs[0])) continue;  // so are all
      const std::vector<double> of_region = mid_ranks(runs, better);
      for (std::size_t k = 0; k < runs.size(); ++k) of_run[k].push_back(of_region[k]);
    }
    ranks.emplace_back();
    for (const auto& of_regions : of_run) ranks.back().push_back(mean_of_present(of_regions));
  }
  return ranks;
}

Difference difference_of(const std::string& region, const std::string& run,
                         const std::vector<double>& first, const std::vector<double>& other,
                         Better better) {
  Difference d{.region = region, .run = run};
  std::vector<double> a, b;
  CasesByMethod pairs;
  for (std::size_t i = 0; i < first.size(); ++i) {
    pairs.push_back({other[i], first[i]});
    d.infinite_first += std::isinf(first[i]);
    d.infinite += std::isinf(other[i]);
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

// Of one run against the first: region by region and, where there are several, in the mean.
std::vector<Difference> differences_of(const EvaluatedRun& run,
                                       std::vector<std::vector<double>> first,
                                       std::vector<std::vector<double>> other,
                                       const std::vector<std::string>& regions, Better better) {
  for (std::size_t i = 0; i < first.size(); ++i)
    for (std::size_t r = 0; r < regions.size(); ++r)
      count_absent_as_perfect({&first[i][r], &other[i][r]}, better);
  std::vector<Difference> rows;
  for (std::size_t r = 0; r < regions.size(); ++r)
    rows.push_back(difference_of(regions[r], run.name, column(first, r), column(other, r), better));
  if (regions.size() > 1)
    rows.push_back(
        difference_of("mean of regions", run.name, case_means(first), case_means(other), better));
  return rows;
}

void correct_by_holm(std::vector<std::vector<Difference>>& differences) {
  std::vector<double> p;
  for (const auto& rows : differences)
    for (const Difference& d : rows) p.push_back(d.test.two_sided);
  const std::vector<double> adjusted = holm(p);
  std::size_t i = 0;
  for (auto& rows : differences)
    for (Difference& d : rows) d.holm = adjusted[i++];
}

}  // namespace

double mean_of_present(const std::vector<double>& values) {
  double sum = 0, count = 0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    sum += v;
    ++count;
  }
  return count > 0 ? sum / count : kAbsent;
}

Comparison compare(const std::vector<EvaluatedRun>& runs, const std::string& metric) {
  Comparison out{.metric = metric, .better = better_of(metric)};
  for (const EvaluatedRun& run : runs) {
    if (std::find(out.runs.begin(), out.runs.end(), run.name) != out.runs.end())
      fail_config("--compare: names {} twice; remove one", run.name);
    out.runs.push_back(run.name);
    if (run.what != runs[0].what)
      out.notes.push_back(fmt::format("{} is of {}, but {} of {}.", run.name, run.what,
                                      runs[0].name, runs[0].what));
  }
  out.cases = common(runs, &EvaluatedRun::cases, "cases", out.notes);
  const std::vector<std::string> regions =
      common(runs, &EvaluatedRun::regions, "regions", out.notes);
  std::vector<std::vector<std::vector<double>>> values;
  for (const EvaluatedRun& run : runs) values.push_back(selected(run, out.cases, regions));
  for (std::size_t k = 1; k < runs.size(); ++k)
    out.differences.push_back(differences_of(runs[k], values[0], values[k], regions, out.better));
  correct_by_holm(out.differences);
  for (std::size_t i = 0; i < out.cases.size(); ++i)
    for (std::size_t r = 0; r < regions.size(); ++r) {
      std::vector<double*> of_runs;
      for (auto& run : values) of_runs.push_back(&run[i][r]);
      count_absent_as_perfect(of_runs, out.better);
    }
  out.ranking = rank_methods(ranks_by_case(values, out.better), Better::lower, kBootstrapSeed);
  return out;
}

}  // namespace seg
