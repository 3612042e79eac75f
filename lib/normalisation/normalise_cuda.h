#pragma once
// The CUDA kernels of normalisation. Pointers lie in device memory; no Torch. Each returns null, or
// why it did not start. All float32 but the volumes; sums are taken in a fixed order, so the
// results are the same in every run.
#include "core/float_type.h"
#include "normalisation/activation.h"

#include <cstdint>

struct CUstream_st;

namespace seg {

// x [samples, channels, voxels], or [samples, voxels, channels] with channels_last.
// Batch normalisation takes mean and variance of a channel over all samples (1 group), instance
// normalisation over each (samples groups).
struct NormLayout {
  FloatType type = FloatType::float32;  // float32 or bfloat16
  std::int64_t samples = 0, channels = 0, voxels = 0;
  bool channels_last = false, instance = false;

  std::int64_t groups() const { return instance ? samples : 1; }
  std::int64_t count() const { return instance ? voxels : samples * voxels; }  // values in a mean
};

// y = after(scale * (r - mean) / sqrt(variance + eps) + shift), r = x + bias, its ReLU if
// relu_first.
struct NormFormula {
  const float* bias = nullptr;                     // [channels]; null: 0
  const float *scale = nullptr, *shift = nullptr;  // [channels]; null: 1 and 0
  float* mean = nullptr;                           // [groups, channels]
  float* inverse = nullptr;                        // likewise: 1 / sqrt(variance + eps)
  bool relu_first = false;
  Activation after = Activation::none;
};

// BatchNorm's running statistics, each moved by `momentum` towards the batch's; null: none.
struct NormRunning {
  float *mean = nullptr, *variance = nullptr;
  float momentum = 0;
};

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

// Derivatives of a loss with respect to x, and, where not null, bias, scale and shift (batch
// normalisation only), from dy, which lies as x does.
struct NormGradients {
  void* x = nullptr;
  float *bias = nullptr, *scale = nullptr, *shift = nullptr;
};
const char* norm_cuda_backward(const NormLayout& layout, const void* x, const void* dy,
                               const NormFormula& f, const NormGradients& d, float* work,
                               CUstream_st* stream);

}  // namespace seg
