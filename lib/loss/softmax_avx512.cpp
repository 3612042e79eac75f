// The softmax kernels for AVX-512 F, BW, DQ, VL.
#include "loss/softmax_kernel.inc"

namespace seg {
SoftmaxKernels softmax_kernels_avx512() { return {forward, backward}; }
}  // namespace seg
