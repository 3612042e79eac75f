#include "models/batch_norm.h"

#include "core/error.h"

namespace seg {
namespace {

Normalisation of(torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& x) {
  if (norm.is_training() && x.numel() == x.size(1))
    fail("BatchNorm cannot train on one value per channel; enlarge training.patch or the batch");
  Normalisation n;
  n.scale = norm.weight;
  n.shift = norm.bias;
  n.running_mean = norm.running_mean;
  n.running_var = norm.running_var;
  n.training = norm.is_training();
  n.momentum = norm.options.momentum().value();
  n.eps = norm.options.eps();
  if (n.training) norm.num_batches_tracked += 1;
  return n;
}

}  // namespace

torch::Tensor batch_norm(torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& x,
                         Activation after) {
  Normalisation n = of(norm, x);
  n.after = after;
  return normalise(x, n);
}

torch::Tensor relu_batch_norm(torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& x,
                              const torch::Tensor& bias) {
  Normalisation n = of(norm, x);
  n.relu_first = true;
  n.bias = bias;
  return normalise(x, n);
}

}  // namespace seg
