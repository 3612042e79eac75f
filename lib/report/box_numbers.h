#pragma once
// The numbers of a box plot.
#include <vector>

namespace seg {

struct BoxNumbers {
  std::vector<double> finite;  // in the order given
  std::size_t absent = 0;      // NaN
  std::size_t infinite = 0;
  // Of the finite values, where there are any: quartiles as numpy.percentile takes them (linear
  // between the two nearest), whiskers at the furthest values within 1.5 interquartile ranges of
  // the box.
  double low = 0, first = 0, median = 0, third = 0, high = 0;
};

BoxNumbers box_numbers(const std::vector<double>& values);

}  // namespace seg
