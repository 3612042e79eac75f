#include "statistics/ranking.h"

#include "core/error.h"
#include "statistics/resample.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seg {
namespace {

std::size_t methods_of(const CasesByMethod& values) {
  const std::size_t methods = values.empty() ? 0 : values[0].size();
  for (const std::vector<double>& row : values)
    if (row.size() != methods) fail("ranking: cases of {} and {} methods", methods, row.size());
  return methods;
}

CasesByMethod complete_cases(const CasesByMethod& values) {
  CasesByMethod complete;
  for (const std::vector<double>& row : values)
    if (std::none_of(row.begin(), row.end(), [](double v) { return std::isnan(v); }))
      complete.push_back(row);
  return complete;
}

// NaN, the mean of infinities of both signs, is better than nothing.
bool is_better(double x, double y, Better better) {
  if (std::isnan(x) || std::isnan(y)) return std::isnan(y) && !std::isnan(x);
  return better == Better::higher ? x > y : x < y;
}

std::vector<std::int64_t> ranks_of(const std::vector<double>& means, Better better) {
  std::vector<std::int64_t> ranks;
  for (const double mean : means)
    ranks.push_back(1 + std::count_if(means.begin(), means.end(), [&](double other) {
                      return is_better(other, mean, better);
                    }));
  return ranks;
}

std::vector<double> means_of(const CasesByMethod& cases, const std::vector<std::size_t>& drawn,
                             std::size_t methods) {
  std::vector<double> means(methods, 0.0);
  for (const std::size_t i : drawn)
    for (std::size_t m = 0; m < methods; ++m) means[m] += cases[i][m];
  for (double& mean : means) mean /= static_cast<double>(drawn.size());
  return means;
}

}  // namespace

Ranking rank_methods(const CasesByMethod& values, Better better, std::uint64_t seed,
                     std::int64_t draws) {
  const std::size_t methods = methods_of(values);
  const CasesByMethod cases = complete_cases(values);
  std::vector<std::size_t> drawn(cases.size());
  for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] = i;
  Ranking ranking;
  ranking.cases = std::ssize(cases);
  ranking.left_out = std::ssize(values) - ranking.cases;
  ranking.means = means_of(cases, drawn, methods);
  ranking.ranks = ranks_of(ranking.means, better);
  if (cases.empty() || draws < 1) return ranking;
  ranking.shares.assign(methods, std::vector<double>(methods, 0.0));
  for (std::int64_t draw = 0; draw < draws; ++draw) {
    draw_cases(seed, draw, drawn);
    const std::vector<std::int64_t> ranks = ranks_of(means_of(cases, drawn, methods), better);
    for (std::size_t m = 0; m < methods; ++m)
      ranking.shares[m][static_cast<std::size_t>(ranks[m] - 1)] += 1;
  }
  for (std::vector<double>& row : ranking.shares)
    for (double& share : row) share /= static_cast<double>(draws);
  return ranking;
}

std::vector<std::vector<Outcomes>> outcomes(const CasesByMethod& values, Better better) {
  const std::size_t methods = methods_of(values);
  std::vector<std::vector<Outcomes>> table(methods, std::vector<Outcomes>(methods));
  for (const std::vector<double>& row : values)
    for (std::size_t a = 0; a < methods; ++a)
      for (std::size_t b = 0; b < methods; ++b) {
        Outcomes& o = table[a][b];
        if (std::isnan(row[a]) || std::isnan(row[b])) {
          ++o.left_out;
          continue;
        }
        o.wins += is_better(row[a], row[b], better);
        o.ties += row[a] == row[b];
        o.losses += is_better(row[b], row[a], better);
      }
  return table;
}

double kendall_tau(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size()) fail("kendall: {} values are paired with {}", a.size(), b.size());
  const auto sign = [](double x, double y) { return static_cast<double>((x > y) - (x < y)); };
  double both = 0, in_a = 0, in_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const double of_a = sign(a[i], a[j]), of_b = sign(b[i], b[j]);
      both += of_a * of_b;
      in_a += of_a * of_a;
      in_b += of_b * of_b;
    }
  if (in_a == 0 || in_b == 0) return std::numeric_limits<double>::quiet_NaN();
  return both / std::sqrt(in_a * in_b);
}

}  // namespace seg
