#pragma once
// Whether the kernels compiled for the greater instruction sets earn their place.
#include "core/processor.h"
#include "support/catch.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace seg::test {

// Checks that work(kernels) takes at most 1 / factor of the portable kernels' time with each other
// set. Compared are the least times of many short calls in turn: whatever else the machine does
// lengthens those of every set, but hardly all of one set's. `work` should take at most
// 1 ms and start no threads.
template <class Kernels, class Work>
void check_faster(const std::string& what, const std::vector<NamedKernels<Kernels>>& sets,
                  double factor, const Work& work) {
  std::vector<double> least(sets.size(), 1e9);
  for (int repetition = 0; repetition < 100; ++repetition)
    for (std::size_t i = 0; i < sets.size(); ++i) {
      const auto begun = std::chrono::steady_clock::now();
      work(sets[i].kernels);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
      least[i] = std::min(least[i], took.count());
    }
  for (std::size_t i = 1; i < sets.size(); ++i) {
    INFO(what << ": " << sets[i].name << " " << least[i] * 1e6 << " us, portable " << least[0] * 1e6
              << " us");
    CHECK(least[i] * factor < least[0]);
  }
}

}  // namespace seg::test

// First in a TEST_CASE that compares them: skipped where there is one set, or where the portable
// kernels are compiled for more than every x86-64 processor has (SEG_MARCH).
#if defined(__AVX__)
#define SEG_SETS(sets) SEG_SKIP("SEG_MARCH: the portable kernels are not portable")
#else
#define SEG_SETS(sets) \
  if ((sets).size() < 2) SEG_SKIP("only the portable kernels may run here")
#endif
