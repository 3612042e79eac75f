#include "core/processor.h"
#include "loss/softmax_kernel.h"

namespace seg {
namespace {

std::vector<NamedKernels> runnable() {
  std::vector<NamedKernels> sets = {{"portable", softmax_kernels_portable()}};
  if (has_avx2()) sets.push_back({"avx2", softmax_kernels_avx2()});
  if (has_avx512()) sets.push_back({"avx512", softmax_kernels_avx512()});
  return sets;
}

}  // namespace

const std::vector<NamedKernels>& all_softmax_kernels() {
  static const std::vector<NamedKernels> sets = runnable();
  return sets;
}

const SoftmaxKernels& softmax_kernels() { return all_softmax_kernels().back().kernels; }

}  // namespace seg
