#include "prep/kernels.h"

namespace seg::kernels {

const std::vector<NamedKernels<Set>>& all_sets() {
  static const auto sets = runnable(portable::set(), avx2::set(), avx512::set());
  return sets;
}

const Set& best() { return all_sets().back().kernels; }

}  // namespace seg::kernels
