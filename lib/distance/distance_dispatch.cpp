#include "distance/distance_kernel.h"

namespace seg {

const std::vector<NamedKernels<DistanceKernels>>& all_distance_kernels() {
  static const auto sets =
      runnable(portable::distance_kernels(), avx2::distance_kernels(), avx512::distance_kernels());
  return sets;
}

const DistanceKernels& distance_kernels() { return all_distance_kernels().back().kernels; }

}  // namespace seg
