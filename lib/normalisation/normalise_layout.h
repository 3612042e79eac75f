#pragma once
// What the kernels of normalisation in training, a GPU's and a CPU's, are told. No Torch. All
// float32 but the volumes.
#include "core/float_type.h"
#include "normalisation/activation.h"

#include <cstdint>

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

// Derivatives of a loss with respect to x, and, where not null, bias, scale and shift (batch
// normalisation only).
struct NormGradients {
  void* x = nullptr;
  float *bias = nullptr, *scale = nullptr, *shift = nullptr;
};

}  // namespace seg
