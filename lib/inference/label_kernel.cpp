#include "inference/label_kernel.h"

namespace seg {

const std::vector<NamedKernels<LabelKernels>>& all_label_kernels() {
  static const auto sets =
      runnable(portable::label_kernels(), avx2::label_kernels(), avx512::label_kernels());
  return sets;
}

const LabelKernels& best_label_kernels() { return all_label_kernels().back().kernels; }

}  // namespace seg
