#pragma once
// normalise on a CPU in training: two passes forwards and two backwards.
#include "normalisation/normalise.h"

namespace seg {

// Whether the kernels can do it: statistics of x, on a CPU, float32 or bfloat16, a layout they
// know.
bool normalises_on_cpu(const torch::Tensor& x, const Normalisation& n);

torch::Tensor normalise_on_cpu(const torch::Tensor& x, const Normalisation& n);

}  // namespace seg
