#include "normalisation/normalise.h"
#include "normalisation/finish_tensors.h"
#include "normalisation/normalise_on_cpu.h"
#include "normalisation/normalise_on_gpu.h"
#include "normalisation/normalise_trained.h"

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
  if (normalises_on_gpu(x, n)) return normalise_on_gpu(x, n);
  if (normalises_on_cpu(x, n)) return normalise_on_cpu(x, n);
  if (!x.is_cpu() || !is_norm_volume(x) || !is_finish(n)) return plain_normalise(x, n);
  const FinishNumbers numbers(n, x.size(1));
  return finished(x, numbers.finish, n.in_place || (n.relu_first && !n.bias.defined()));
}

}  // namespace seg
