#pragma once
// SplitMix64 (Steele, Lea, Flood 2014): the i-th number of the stream `key` is
// splitmix(key + kGolden (i + 1)).
#include <cstdint>

namespace seg {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15u;

// The mixing in steps z = (z ^ z >> shift) * factor, the last without a factor; on tensors, too.
constexpr std::uint64_t kMixFactors[] = {0xBF58476D1CE4E5B9u, 0x94D049BB133111EBu};
constexpr int kMixShifts[] = {30, 27, 31};

constexpr std::uint64_t splitmix(std::uint64_t z) {
  z = (z ^ (z >> kMixShifts[0])) * kMixFactors[0];
  z = (z ^ (z >> kMixShifts[1])) * kMixFactors[1];
  return z ^ (z >> kMixShifts[2]);
}

}  // namespace seg
