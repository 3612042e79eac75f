#pragma once
// A network's labels for a whole prepared image.
#include "inference/compute.h"
#include "models/network.h"

#include <functional>

namespace seg {

// uint8 [D, H, W] class indices, on the CPU, of a prepared image float32 [C, D, H, W]: sliding
// window of training.patch, argmax. padding: of each channel, the value beyond the border (the
// case's lowest_values, as in training). The network is left in evaluation mode. on_share is told
// after each window how much of the image is done, from 0 to 1.
torch::Tensor predict(Network& network, const torch::Tensor& image,
                      const std::vector<double>& padding, const Config& config,
                      const Compute& compute, const std::function<void(double)>& on_share = {});

}  // namespace seg
