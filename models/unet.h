#pragma once
// U-Net as the paper's Section 2.4 describes it (Ronneberger 2015 in 3D).
//
//   image [B, C, D, H, W]
//   level k = 0..4: down.k, width base * 2^k, at 1/2^k of the size; a max-pool of 2 before
//                   levels 1..4
//   level k = 3..0: up.k (transposed convolution, doubles the size), concatenate [upsampled,
//                   skip k], dec.k
//   head: 1x1x1 -> logits [B, M, D, H, W]
//
// down.k and dec.k are twice (3x3x3 convolution, ReLU, BatchNorm). D, H, W must be multiples of 16.
#include "models/convolution.h"
#include "models/network.h"

namespace seg {

struct UNet : Network {
  UNet(std::int64_t channels, std::int64_t classes, std::int64_t base);

 protected:
  torch::Tensor logits(const torch::Tensor& image) override;

 private:
  static constexpr int downs = 4;
  torch::nn::ModuleList down_, up_, dec_;
  Convolution head_{nullptr};
};

}  // namespace seg
