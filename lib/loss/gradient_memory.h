#pragma once
// Memory for a gradient that is made and dropped in every step.
#include <torch/types.h>

namespace seg {

// An uninitialised CPU tensor like `x` (type, shape, strides). The memory of the last one is used
// again once nobody holds it, since clearing fresh pages costs as much as the loss; at most one
// block stays allocated.
torch::Tensor gradient_like(const torch::Tensor& x);

}  // namespace seg
