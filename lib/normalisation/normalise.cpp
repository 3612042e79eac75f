#include "normalisation/normalise.h"
#include "normalisation/normalise_on_gpu.h"

#include <torch/types.h>

namespace seg {
namespace {

torch::Tensor activated(torch::Tensor x, Activation a) {
  switch (a) {
    case Activation::relu: return torch::relu_(x);
    case Activation::leaky_relu: return torch::leaky_relu_(x);
    case Activation::elu: return torch::elu_(x);
    case Activation::none: return x;
  }
  return x;
}

}  // namespace

torch::Tensor plain_normalise(const torch::Tensor& x, const Normalisation& n) {
  torch::Tensor r = n.bias.defined() ? x + n.bias.to(x.scalar_type()).view({-1, 1, 1, 1}) : x;
  if (n.relu_first) r = torch::relu_(r);
  if (n.instance)
    r = torch::instance_norm(r, {}, {}, {}, {}, true, n.momentum, n.eps, true);
  else
    r = torch::batch_norm(r, n.scale, n.shift, n.running_mean, n.running_var, n.training,
                          n.momentum, n.eps, true);
  return activated(r, n.after);
}

torch::Tensor normalise(const torch::Tensor& x, const Normalisation& n) {
  return normalises_on_gpu(x, n) ? normalise_on_gpu(x, n) : plain_normalise(x, n);
}

}  // namespace seg
