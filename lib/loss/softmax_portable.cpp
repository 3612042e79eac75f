// The softmax kernels for any processor.
#include "loss/softmax_kernel.inc"

namespace seg {
SoftmaxKernels softmax_kernels_portable() { return {forward, backward}; }
}  // namespace seg
