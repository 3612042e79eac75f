#pragma once
// What every network is.
#include <torch/torch.h>

namespace seg {

struct Network : torch::nn::Module {
  // image [B, C, D, H, W] -> logits [B, M, D, H, W], no softmax. Throws Error(failure) where a size is not a multiple of size_multiple().
  torch::Tensor forward(const torch::Tensor& image);
  // Each of D, H, W must be a multiple of this.
  virtual std::int64_t size_multiple() const = 0;

 protected:
  virtual torch::Tensor logits(const torch::Tensor& image) = 0;
};

}  // namespace seg
