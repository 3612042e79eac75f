#include "loss/softmax_kernel.h"

namespace seg {

const std::vector<NamedKernels<SoftmaxKernels>>& all_softmax_kernels() {
  static const auto sets =
      runnable(portable::softmax_kernels(), avx2::softmax_kernels(), avx512::softmax_kernels());
  return sets;
}

const SoftmaxKernels& softmax_kernels() { return all_softmax_kernels().back().kernels; }

}  // namespace seg
