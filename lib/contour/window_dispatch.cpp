#include "contour/window_kernel.h"

namespace seg {

const std::vector<NamedKernels<WindowKernels>>& all_window_kernels() {
  static const auto sets =
      runnable(portable::window_kernels(), avx2::window_kernels(), avx512::window_kernels());
  return sets;
}

const WindowKernels& window_kernels() { return all_window_kernels().back().kernels; }

}  // namespace seg
