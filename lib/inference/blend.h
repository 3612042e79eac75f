#pragma once
// Logits of overlapping windows added up with weights, class by class side by side in memory.
#include <torch/types.h>

namespace seg {

// state [n, rows, w, M] += weight [n, rows, w] * logits [n, rows, w, M], all on one device. state:
// float32 or float16, its last axis contiguous, the others as they come; summed in float32 and
// rounded once per call. logits: float32 or bfloat16, any strides; fastest where the classes lie
// side by side, then where the columns do. weight: float32, any strides. Torch's threads.
void add_weighted(const torch::Tensor& state, const torch::Tensor& logits,
                  const torch::Tensor& weight);

// state [n, rows, w, M] /= weight [n, rows, w], rounded once. Types and strides as above.
void divide_by(const torch::Tensor& state, const torch::Tensor& weight);

}  // namespace seg
