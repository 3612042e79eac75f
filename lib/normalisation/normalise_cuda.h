#pragma once
// The CUDA kernels of normalisation. Pointers lie in device memory; no Torch. Each returns null, or
// why it did not start. Sums are taken in a fixed order, so the results are the same in every run.
#include "normalisation/normalise_layout.h"

#include <cstdint>

struct CUstream_st;

namespace seg {

// Whether the kernels take so many channels.
bool norm_cuda_knows(const NormLayout& layout);

// Floats of working memory that the passes below need.
std::int64_t norm_work(const NormLayout& layout);

// Measures mean and inverse of x, and moves the running statistics.
const char* norm_cuda_measure(const NormLayout& layout, const void* x, const NormFormula& f,
                              double eps, const NormRunning& running, float* work,
                              CUstream_st* stream);

// y, as x lies.
const char* norm_cuda_apply(const NormLayout& layout, const void* x, const NormFormula& f, void* y,
                            CUstream_st* stream);

// d, from dy, which lies as x does.
const char* norm_cuda_backward(const NormLayout& layout, const void* x, const void* dy,
                               const NormFormula& f, const NormGradients& d, float* work,
                               CUstream_st* stream);

}  // namespace seg
