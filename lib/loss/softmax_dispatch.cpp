#include "loss/softmax_kernel.h"

namespace seg {
namespace {

SoftmaxKernels choose() {
#if defined(SEG_X86_KERNELS)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return softmax_kernels_avx512();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return softmax_kernels_avx2();
#endif
  return softmax_kernels_portable();
}

}  // namespace

const SoftmaxKernels& softmax_kernels() {
  static const SoftmaxKernels chosen = choose();
  return chosen;
}

}  // namespace seg
