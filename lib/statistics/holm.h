#pragma once
#include <span>
#include <vector>

namespace seg {

// Holm's p values for several hypotheses tested at once: the k-th smallest of m is multiplied by
// m - k + 1, is at least those before it and at most 1. A NaN stays one and is no hypothesis.
std::vector<double> holm(std::span<const double> p);

}  // namespace seg
