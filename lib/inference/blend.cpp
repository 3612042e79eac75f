#include "inference/blend.h"

#include <torch/types.h>

namespace seg {

void add_weighted(const torch::Tensor& state, const torch::Tensor& logits,
                  const torch::Tensor& weight) {
  state.copy_(
      torch::addcmul(state.to(torch::kFloat32), logits.to(torch::kFloat32), weight.unsqueeze(-1)));
}

void divide_by(const torch::Tensor& state, const torch::Tensor& weight) {
  state.copy_(state.to(torch::kFloat32).div(weight.unsqueeze(-1)));
}

}  // namespace seg
