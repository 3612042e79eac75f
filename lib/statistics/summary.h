#pragma once
// What a column of figures says, one figure per case.
#include <cstdint>
#include <span>

namespace seg {

// Of the finite values; NaN where there are none. The others are counted.
struct Summary {
  std::int64_t count = 0;     // finite
  std::int64_t infinite = 0;  // of either sign
  std::int64_t absent = 0;    // NaN
  double mean, deviation;     // deviation: of a sample, divided by count - 1; NaN for one value
  double median;              // of an even count the mean of the middle two
  double lowest, highest;
};

Summary summary_of(std::span<const double> values);

}  // namespace seg
