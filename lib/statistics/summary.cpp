#include "statistics/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace seg {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double deviation_of(const std::vector<double>& values, double mean) {
  if (values.size() < 2) return kNaN;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace

Summary summary_of(std::span<const double> values) {
  Summary s;
  std::vector<double> finite;
  for (const double value : values) {
    if (std::isfinite(value)) finite.push_back(value);
    s.infinite += std::isinf(value);
    s.absent += std::isnan(value);
  }
  s.count = std::ssize(finite);
  s.mean = s.deviation = s.median = s.lowest = s.highest = kNaN;
  if (finite.empty()) return s;
  std::sort(finite.begin(), finite.end());
  double sum = 0;
  for (const double value : finite) sum += value;
  const std::size_t n = finite.size();
  s.mean = sum / static_cast<double>(n);
  s.deviation = deviation_of(finite, s.mean);
  s.median = n % 2 == 1 ? finite[n / 2] : (finite[n / 2 - 1] + finite[n / 2]) / 2;
  s.lowest = finite.front();
  s.highest = finite.back();
  return s;
}

}  // namespace seg
