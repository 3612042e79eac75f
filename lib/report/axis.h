#pragma once
// The axis of a chart: round numbers along a range.
#include <cstdint>
#include <string>
#include <vector>

namespace seg {

struct Axis {
  double low = 0, high = 1;        // of the data, widened to ticks where `widened`
  double from = 0, to = 1;         // where they stand in the drawing
  std::vector<double> ticks = {};  // multiples of 1, 2 or 5 times a power of ten
  double at(double value) const { return from + (value - low) / (high - low) * (to - from); }
  std::string label(double tick) const;  // with the decimals that tell the ticks apart
};

// An axis for values of [low, high] with about `most` ticks; its ends are ticks where `widened`.
// A range that is empty or not finite is made one.
Axis axis_for(double low, double high, double from, double to, std::int64_t most,
              bool widened = true);

}  // namespace seg
