#pragma once
// normalise on a GPU, on the current stream, without a synchronisation.
#include "normalisation/normalise.h"

namespace seg {

// Whether the kernels can do it: x on a GPU, float32 or bfloat16, a layout and width they know.
bool normalises_on_gpu(const torch::Tensor& x, const Normalisation& n);

// Throws Error where the programs were built without CUDA.
torch::Tensor normalise_on_gpu(const torch::Tensor& x, const Normalisation& n);

}  // namespace seg
