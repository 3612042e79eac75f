#include "loss/softmax_kernel.h"

namespace seg {
namespace {

std::vector<NamedKernels> runnable() {
  std::vector<NamedKernels> sets = {{"portable", softmax_kernels_portable()}};
#if defined(SEG_X86_KERNELS)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c"))
    sets.push_back({"avx2", softmax_kernels_avx2()});
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    sets.push_back({"avx512", softmax_kernels_avx512()});
#endif
  return sets;
}

}  // namespace

const std::vector<NamedKernels>& all_softmax_kernels() {
  static const std::vector<NamedKernels> sets = runnable();
  return sets;
}

const SoftmaxKernels& softmax_kernels() { return all_softmax_kernels().back().kernels; }

}  // namespace seg
