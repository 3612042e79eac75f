#include "models/batch_norm.h"

namespace seg {
namespace {

Normalisation of(torch::nn::BatchNorm3dImpl& norm) {
  Normalisation n;
  n.scale = norm.weight, n.shift = norm.bias;
  n.running_mean = norm.running_mean, n.running_var = norm.running_var;
  n.training = norm.is_training();
  n.momentum = norm.options.momentum().value(), n.eps = norm.options.eps();
  if (n.training) norm.num_batches_tracked += 1;
  return n;
}

}  // namespace

torch::Tensor batch_norm(torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& x,
                         Activation after) {
  Normalisation n = of(norm);
  n.after = after;
  return normalise(x, n);
}

torch::Tensor relu_batch_norm(torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& x,
                              const torch::Tensor& bias) {
  Normalisation n = of(norm);
  n.relu_first = true, n.bias = bias;
  return normalise(x, n);
}

}  // namespace seg
