#pragma once
// What stands after a convolution in evaluation mode, value by value: bias, ReLU, BatchNorm by its
// running statistics, activation. In float32, whatever type the values have in memory. For kernels:
// plain C++, no Torch.
#include "normalisation/activation.h"

#include "core/processor.h"

#include <cstdint>

namespace seg {

// y = after(max(x + bias, floor) * scale + shift), floor 0 (ReLU) or minus infinity. Each array has
// an element per channel and may be read to the next multiple of finish_padding.
struct Finish {
  const float *bias = nullptr, *scale = nullptr, *shift = nullptr;
  float floor = 0;
  Activation after = Activation::none;
};
constexpr std::int64_t finish_padding = 16;

// y = finish(x), both [rows, channels], float32 or bfloat16; y may be x.
struct FinishRows {
  const void* x = nullptr;
  void* y = nullptr;
  bool bfloat16 = false;
  std::int64_t rows = 0, channels = 0;
};

struct FinishKernels {
  void (*rows)(const FinishRows& volume, const Finish& finish);
  // Likewise, but all values, rows * channels, are of the channel `channel`.
  void (*channel)(const FinishRows& volume, const Finish& finish, std::int64_t channel);
};

SEG_EACH_SET(FinishKernels finish_kernels())

// The sets that may run here, slowest first.
const std::vector<NamedKernels<FinishKernels>>& all_finish_kernels();

}  // namespace seg
