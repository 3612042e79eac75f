#include "inference/blend_kernel.h"

namespace seg {

const std::vector<NamedKernels<BlendKernels>>& all_blend_kernels() {
  static const auto sets =
      runnable(portable::blend_kernels(), avx2::blend_kernels(), avx512::blend_kernels());
  return sets;
}

const BlendKernels& best_blend_kernels() { return all_blend_kernels().back().kernels; }

}  // namespace seg
