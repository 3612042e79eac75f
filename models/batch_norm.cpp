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
  n.in_place = true;
  if (n.training) norm.num_batches_tracked += 1;
  return n;
}

torch::Tensor normalised(const torch::Tensor& x, const Normalisation& n) {
  return evaluates_plainly() ? plain_normalise(x, n) : normalise(x, n);
}

}  // namespace

torch::Tensor batch_norm(torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& x,
                         Activation after) {
  Normalisation n = of(norm, x);
  n.after = after;
  return normalised(x, n);
}

torch::Tensor relu_batch_norm(torch::nn::BatchNorm3dImpl& norm, const torch::Tensor& x,
                              const torch::Tensor& bias) {
  Normalisation n = of(norm, x);
  n.relu_first = true;
  n.bias = bias;
  return normalised(x, n);
}

torch::Tensor convolved_norm(ConvolutionImpl& convolution, torch::nn::BatchNorm3dImpl& norm,
                             const torch::Tensor& x, Activation after) {
  if (!norm.is_training()) {
    Normalisation n = of(norm, x);
    n.after = after;
    if (torch::Tensor y = convolution.evaluated(x, n); y.defined()) return y;
  }
  return batch_norm(norm, convolution.forward(x), after);
}

torch::Tensor convolved_relu_norm(ConvolutionImpl& convolution, torch::nn::BatchNorm3dImpl& norm,
                                  std::vector<torch::Tensor> parts) {
  if (!norm.is_training()) {
    Normalisation n = of(norm, parts[0]);
    n.relu_first = true;
    if (torch::Tensor y = convolution.evaluated(parts, n); y.defined()) return y;
  }
  if (!parts[0].is_cuda()) return relu_batch_norm(norm, convolution.of_parts(std::move(parts)), {});
  const torch::Tensor x = parts.size() == 1 ? parts[0] : torch::cat(parts, 1);
  parts.clear();
  return relu_batch_norm(norm, convolution.without_bias(x),
                         convolution.bias);  // the bias costs no pass of its own
}

}  // namespace seg
