#include "loss/plain_statistics.h"

namespace seg {

SoftmaxStatistics plain_statistics(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& contour,
                                   const torch::Tensor& weight) {
  const torch::Tensor valid = labels.ne(255).unsqueeze(1);  // [B, 1, D, H, W]
  const torch::Tensor single = logits.scalar_type() == torch::kDouble ? logits : logits.to(torch::kFloat);
  const torch::Tensor log_p = torch::where(valid, single, 0.0).log_softmax(1), p = log_p.exp();  // [B, M, D, H, W]
  const torch::Tensor y = torch::where(valid, labels.unsqueeze(1).to(torch::kLong), 0);          // [B, 1, D, H, W]
  const torch::Tensor g = torch::zeros_like(p).scatter(1, y, 1.0);
  torch::Tensor ce = -log_p.gather(1, y);
  if (weight.defined()) ce = ce * weight.unsqueeze(1);
  const torch::Tensor in = contour.defined() ? contour.unsqueeze(1).ne(0) : torch::zeros_like(valid);

  const auto sum = [](const torch::Tensor& volume) { return volume.sum({2, 3, 4}, false, torch::kDouble); };  // [B, M]
  std::vector<torch::Tensor> sums, cross_entropies;
  for (const torch::Tensor& part : {valid.logical_and(in.logical_not()), valid.logical_and(in)}) {
    const torch::Tensor mask = part.to(p.scalar_type());
    sums.push_back(torch::stack({sum(p * g * mask), sum(p * p * mask), sum(p * mask), sum(g * mask)}, 1));
    cross_entropies.push_back(sum(torch::where(part, ce, 0.0)).squeeze(1));
  }
  return {torch::stack(sums, 1), torch::stack(cross_entropies, 1)};
}

}  // namespace seg
