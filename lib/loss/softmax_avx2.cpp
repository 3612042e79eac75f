// The softmax kernels for AVX2 and FMA.
#include "loss/softmax_kernel.inc"

namespace seg {
SoftmaxKernels softmax_kernels_avx2() { return {forward, backward}; }
}  // namespace seg
