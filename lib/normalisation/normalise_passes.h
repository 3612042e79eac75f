#pragma once
// The passes of normalisation in training on a CPU, counterparts of normalise_cuda.h: two forwards,
// two backwards. Sums of some rows are taken in float32, of these in float64, in an order that the
// volume's shape alone decides.
#include "normalisation/normalise_kernel.h"
#include "normalisation/normalise_layout.h"

namespace seg {

// Measures mean and inverse of x, and moves the running statistics.
void norm_cpu_measure(const NormLayout& layout, const void* x, const NormFormula& f, double eps,
                      const NormRunning& running,
                      const NormKernels& kernels = all_norm_kernels().back().kernels);

// Sums of x, [channels], over all samples.
void norm_cpu_sums(const NormLayout& layout, const void* x, float* sums,
                   const NormKernels& kernels = all_norm_kernels().back().kernels);

// y, as x lies.
void norm_cpu_apply(const NormLayout& layout, const void* x, const NormFormula& f, void* y,
                    const NormKernels& kernels = all_norm_kernels().back().kernels);

// d, from dy, which lies as x does.
void norm_cpu_backward(const NormLayout& layout, const void* x, const void* dy,
                       const NormFormula& f, const NormGradients& d,
                       const NormKernels& kernels = all_norm_kernels().back().kernels);

}  // namespace seg
