#pragma once
// Activation checkpointing: a region of a network keeps its inputs instead of its activations and
// is computed again in the backward pass.
#include <torch/torch.h>

#include <functional>
#include <vector>

namespace seg {

using Computation = std::function<torch::Tensor(const std::vector<torch::Tensor>&)>;

// region(inputs), whose parameters and buffers are those of `modules`; the modules must outlive the
// graph. The gradients are those of region(inputs) itself: the second computation draws the same
// random numbers (dropout), runs under the same autocast, and leaves the buffers (BatchNorm's
// running statistics and counters) as the first one set them. First-order gradients only.
torch::Tensor checkpoint(const std::vector<torch::nn::Module*>& modules, const Computation& region,
                         const std::vector<torch::Tensor>& inputs);

}  // namespace seg
