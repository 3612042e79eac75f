#pragma once
// BatchNorm with what stands around it as one operation (normalisation/normalise.h); parameters,
// statistics and their names are those of Torch's module.
#include "normalisation/normalise.h"

#include <torch/torch.h>

namespace seg {

// after(norm(x))
torch::Tensor batch_norm(torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& x,
                         Activation after = Activation::none);

// norm(relu(x + bias)); bias: [C], or undefined
torch::Tensor relu_batch_norm(torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& x,
                              const torch::Tensor& bias);

}  // namespace seg
