#pragma once
// BatchNorm with what stands around it as one operation (normalisation/normalise.h); parameters,
// statistics and their names are those of Torch's module.
#include "models/convolution.h"
#include "normalisation/normalise.h"

#include <torch/torch.h>

namespace seg {

// after(norm(x)). In evaluation without autograd on a CPU x itself may be changed and returned.
torch::Tensor batch_norm(torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& x,
                         Activation after = Activation::none);

// norm(relu(x + bias)); bias: [C], or undefined
torch::Tensor relu_batch_norm(torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& x,
                              const torch::Tensor& bias);

// after(norm(convolution(x)))
torch::Tensor convolved_norm(ConvolutionImpl& convolution, torch::nn::BatchNorm3dImpl& norm,
                             const torch::Tensor& x, Activation after = Activation::none);

// norm(relu(convolution(the parts of x, one after another along the channels)))
torch::Tensor convolved_relu_norm(ConvolutionImpl& convolution, torch::nn::BatchNorm3dImpl& norm,
                                  std::vector<torch::Tensor> parts);

}  // namespace seg
