#include "statistics/bootstrap.h"

#include "core/error.h"
#include "statistics/quantile.h"
#include "statistics/resample.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seg {
namespace {

// Cases with a finite value in some column, case by case: value and 1, or 0 and 0.
struct FiniteCases {
  std::size_t cases = 0, columns = 0;
  std::vector<double> values, there;  // [cases, columns]
};

FiniteCases finite_cases(const std::vector<std::vector<double>>& columns) {
  FiniteCases finite;
  finite.columns = columns.size();
  const std::size_t all = columns.empty() ? 0 : columns[0].size();
  for (const std::vector<double>& column : columns)
    if (column.size() != all) fail("bootstrap: columns of {} and {} cases", all, column.size());
  for (std::size_t i = 0; i < all; ++i) {
    if (std::none_of(columns.begin(), columns.end(),
                     [i](const auto& column) { return std::isfinite(column[i]); }))
      continue;
    ++finite.cases;
    for (const std::vector<double>& column : columns) {
      const bool there = std::isfinite(column[i]);
      finite.values.push_back(there ? column[i] : 0);
      finite.there.push_back(there ? 1 : 0);
    }
  }
  return finite;
}

Interval interval_of(std::vector<double>& means) {
  if (means.empty()) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {nan, nan};
  }
  std::sort(means.begin(), means.end());
  return {quantile_of_sorted(means, 0.025), quantile_of_sorted(means, 0.975)};
}

}  // namespace

std::vector<Interval> bootstrap_means(const std::vector<std::vector<double>>& columns,
                                      std::uint64_t seed, std::int64_t draws) {
  const FiniteCases finite = finite_cases(columns);
  std::vector<std::vector<double>> means(finite.columns);
  std::vector<std::size_t> drawn(finite.cases);
  std::vector<double> sums(finite.columns), counts(finite.columns);
  for (std::int64_t draw = 0; draw < draws; ++draw) {
    draw_cases(seed, draw, drawn);
    std::fill(sums.begin(), sums.end(), 0.0);
    std::fill(counts.begin(), counts.end(), 0.0);
    for (const std::size_t i : drawn) {
      const double* values = finite.values.data() + i * finite.columns;
      const double* there = finite.there.data() + i * finite.columns;
      for (std::size_t c = 0; c < finite.columns; ++c) {
        sums[c] += values[c];
        counts[c] += there[c];
      }
    }
    for (std::size_t c = 0; c < finite.columns; ++c)
      if (counts[c] > 0) means[c].push_back(sums[c] / counts[c]);
  }
  std::vector<Interval> intervals;
  for (std::vector<double>& column : means) intervals.push_back(interval_of(column));
  return intervals;
}

Interval bootstrap_mean(std::span<const double> values, std::uint64_t seed, std::int64_t draws) {
  return bootstrap_means({{values.begin(), values.end()}}, seed, draws)[0];
}

Interval bootstrap_mean_difference(std::span<const double> a, std::span<const double> b,
                                   std::uint64_t seed, std::int64_t draws) {
  if (a.size() != b.size()) fail("bootstrap: {} values are paired with {}", a.size(), b.size());
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  return bootstrap_mean(differences, seed, draws);
}

}  // namespace seg
