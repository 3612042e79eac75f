#include "report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

// 1, 2 or 5 times a power of ten.
double round_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

}  // namespace

std::string Axis::label(double tick) const {
  const double step = ticks.size() < 2 ? 1 : ticks[1] - ticks[0];
  const double value = std::abs(tick) < step * 1e-6 ? 0 : tick;
  if (std::abs(low) >= 1e6 || std::abs(high) >= 1e6 || step < 1e-5)
    return fmt::format("{:.3g}", value);
  const auto decimals = static_cast<int>(std::max(0.0, std::ceil(-std::log10(step) - 1e-6)));
  return fmt::format("{:.{}f}", value, decimals);
}

Axis axis_for(double low, double high, double from, double to, std::int64_t most, bool widened) {
  if (!std::isfinite(low) || !std::isfinite(high)) {
    low = 0;
    high = 1;
  }
  if (high - low <= 1e-9 * std::max(std::abs(low), std::abs(high))) {
    const double half = low == 0 ? 0.5 : std::abs(low) * 0.1;
    low -= half;
    high += half;
  }
  const double step = round_step((high - low) / static_cast<double>(most));
  const double slack = 1e-9 * step;
  if (widened) {
    low = std::floor(low / step + 1e-9) * step;
    high = std::ceil(high / step - 1e-9) * step;
  }
  Axis axis{.low = low, .high = high, .from = from, .to = to};
  const double first = std::ceil(low / step - 1e-9);
  for (double k = first; k * step <= high + slack; ++k) axis.ticks.push_back(k * step);
  return axis;
}

}  // namespace seg
