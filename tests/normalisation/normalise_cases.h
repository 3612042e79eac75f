#pragma once
// Normalisations in training to try, and what Torch's operations make of them in float64.
#include "normalisation/normalise.h"
#include "support/catch.h"

#include <torch/types.h>

#include <functional>
#include <vector>

namespace seg::norm_test {

using Tensors = std::vector<torch::Tensor>;

// x, dy, and everything that a normalisation of C channels may have.
struct Inputs {
  torch::Tensor x, dy;
  Normalisation n;

  Inputs(std::vector<std::int64_t> size, torch::ScalarType type, at::MemoryFormat format) {
    torch::manual_seed(3);
    const std::int64_t channels = size[1];
    // Means far from 0, in deviations; in bfloat16 near, or its coarse values meet the mean
    // exactly, where the activation has a kink.
    const double most = type == torch::kFloat ? 300 : 2;
    const auto far = torch::linspace(-3, most, channels).view({-1, 1, 1, 1});
    x = (torch::randn(size) + far).to(type).contiguous(format);
    dy = torch::randn(size).to(type).contiguous(format);
    n.bias = torch::randn({channels});
    n.scale = torch::rand({channels}) + 0.5;
    n.shift = torch::randn({channels});
    n.running_mean = torch::randn({channels});
    n.running_var = torch::rand({channels}) + 0.5;
  }
};

inline Normalisation moved(const Normalisation& n,
                           const std::function<torch::Tensor(const torch::Tensor&)>& move) {
  Normalisation out = n;
  for (torch::Tensor* t : {&out.bias, &out.scale, &out.shift, &out.running_mean, &out.running_var})
    if (t->defined()) *t = move(*t);
  return out;
}

// y, dx, dbias, dscale, dshift and the running statistics afterwards, in float64; undefined where
// there is none.
template <class Operation>
Tensors run(Operation operation, const torch::Tensor& x, const torch::Tensor& dy, Normalisation n) {
  const torch::Tensor leaf = x.detach().clone(at::MemoryFormat::Preserve).requires_grad_();
  for (torch::Tensor* t : {&n.bias, &n.scale, &n.shift})
    if (t->defined()) *t = t->detach().clone().requires_grad_();
  const torch::Tensor y = operation(leaf, n);
  y.backward(dy);
  CHECK(y.strides() == x.strides());
  Tensors out = {y.detach(), leaf.grad()};
  for (const torch::Tensor& t : {n.bias, n.scale, n.shift})
    out.push_back(t.defined() ? t.grad() : torch::Tensor());
  out.push_back(n.running_mean);
  out.push_back(n.running_var);
  for (torch::Tensor& t : out)
    if (t.defined()) t = t.cpu().to(torch::kDouble);
  return out;
}

inline Tensors expected(const Inputs& in) {
  const auto wide = [](const torch::Tensor& t) { return t.to(torch::kDouble).contiguous(); };
  // relu_ in place would change the leaf: the plain operation gets a copy.
  const auto plain = [](const torch::Tensor& x, const Normalisation& n) {
    return plain_normalise(x.clone(), n);
  };
  return run(plain, wide(in.x), wide(in.dy), moved(in.n, wide));
}

inline double error(const torch::Tensor& found, const torch::Tensor& reference) {
  return ((found - reference).norm() / reference.norm().clamp_min(1e-30)).item<double>();
}

}  // namespace seg::norm_test
