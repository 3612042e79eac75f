#pragma once
// A network's labels for a whole prepared image.
#include "inference/compute.h"
#include "models/network.h"

namespace seg {

// uint8 [D, H, W] class indices, on the CPU, of a prepared image float32 [C, D, H, W]: sliding
// window of training.patch, argmax. The network is left in evaluation mode.
torch::Tensor predict(Network& network, const torch::Tensor& image, const Config& config,
                      const Compute& compute);

}  // namespace seg
