#pragma once
// Random inputs of softmax_statistics, and the same sums by plain Torch operations.
#include "loss/softmax_statistics.h"

#include <torch/utils.h>

namespace seg::test {

// Random logits, labels with ignored voxels, contour and weights; the volume is no multiple of a
// block.
struct Inputs {
  torch::Tensor logits, labels, contour, weight;
  explicit Inputs(std::int64_t classes, std::int64_t width = 37) {
    torch::manual_seed(classes);
    logits = torch::randn({2, classes, 5, 11, width}).mul(3);
    labels = torch::randint(0, classes, {2, 5, 11, width}).to(torch::kUInt8);
    labels.masked_fill_(torch::rand({2, 5, 11, width}).lt(0.1), 255);
    contour = torch::rand({2, 5, 11, width}).lt(0.3).to(torch::kUInt8);
    contour.slice(1, 0, 3).zero_();
    weight = torch::rand({2, 5, 11, width}).add(0.5);
  }
  // The same on another device.
  Inputs on(const torch::Device& device) const {
    Inputs there = *this;
    for (torch::Tensor* t : {&there.logits, &there.labels, &there.contour, &there.weight})
      *t = t->to(device);
    return there;
  }
};

// A scalar that reads every sum with its own factor.
inline torch::Tensor probe(const SoftmaxStatistics& s) {
  const auto factor = [](const torch::Tensor& t) {
    return torch::arange(t.numel(), torch::dtype(torch::kDouble).device(t.device()))
        .view(t.sizes())
        .mul(0.7)
        .sin();
  };
  return (s.sums * factor(s.sums)).sum() + (s.cross_entropy * factor(s.cross_entropy)).sum();
}

template <class Statistics>
torch::Tensor gradient(Statistics statistics, const torch::Tensor& logits, const Inputs& in) {
  const torch::Tensor x = logits.detach().clone(at::MemoryFormat::Preserve).requires_grad_();
  probe(statistics(x, in.labels, in.contour, in.weight)).backward();
  return x.grad();
}

inline double relative_error(const torch::Tensor& found, const torch::Tensor& expected) {
  return ((found.to(torch::kDouble) - expected).abs().max() / expected.abs().max()).item<double>();
}

// Volumes of the logits' size, several of them: what the fused kernels avoid.
inline SoftmaxStatistics plain_statistics(const torch::Tensor& logits, const torch::Tensor& labels,
                                          const torch::Tensor& contour,
                                          const torch::Tensor& weight) {
  const torch::Tensor valid = labels.ne(255).unsqueeze(1);  // [B, 1, D, H, W]
  const torch::Tensor single =
      logits.scalar_type() == torch::kDouble ? logits : logits.to(torch::kFloat);
  const torch::Tensor log_p = torch::where(valid, single, 0.0).log_softmax(1),
                      p = log_p.exp();  // [B, M, D, H, W]
  const torch::Tensor y =
      torch::where(valid, labels.unsqueeze(1).to(torch::kLong), 0);  // [B, 1, D, H, W]
  const torch::Tensor g = torch::zeros_like(p).scatter(1, y, 1.0);
  torch::Tensor ce = -log_p.gather(1, y);
  if (weight.defined()) ce = ce * weight.unsqueeze(1);
  const torch::Tensor in =
      contour.defined() ? contour.unsqueeze(1).ne(0) : torch::zeros_like(valid);

  const auto sum = [](const torch::Tensor& volume) {
    return volume.sum({2, 3, 4}, false, torch::kDouble);
  };  // [B, M]
  std::vector<torch::Tensor> sums, cross_entropies;
  for (const torch::Tensor& part : {valid.logical_and(in.logical_not()), valid.logical_and(in)}) {
    const torch::Tensor mask = part.to(p.scalar_type());
    sums.push_back(
        torch::stack({sum(p * g * mask), sum(p * p * mask), sum(p * mask), sum(g * mask)}, 1));
    cross_entropies.push_back(sum(torch::where(part, ce, 0.0)).squeeze(1));
  }
  return {torch::stack(sums, 1), torch::stack(cross_entropies, 1)};
}

}  // namespace seg::test
