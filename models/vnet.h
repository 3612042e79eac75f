#pragma once
// V-Net (Milletari 2016) in MONAI's form and with MONAI's parameter names.
//
//   image [B, C, D, H, W], C divides 16
//   in_tr      16 channels: convolution of the image + the image repeated to 16 channels
//   down_tr32  32 at 1/2, 1 convolution      up_tr32   32 at 1,   1 convolution
//   down_tr64  64 at 1/4, 2                  up_tr64   64 at 1/2, 1
//   down_tr128 128 at 1/8, 3                 up_tr128  128 at 1/4, 2
//   down_tr256 256 at 1/16, 2                up_tr256  256 at 1/8, 2
//   out_tr: convolution to M, then 1x1x1 -> logits [B, M, D, H, W]
//
// A convolution is 5x5x5 without bias, BatchNorm, ELU; each transition adds its input to its last
// convolution. Down: convolution of stride 2; up: transposed convolution to half the channels,
// concatenated with the skip. Dropout takes whole channels: of the input of the convolutions at 128
// and 256 channels, of what up_tr256 and up_tr128 receive, and of every skip.
#include "models/network.h"

namespace seg {

struct VNet : Network {
  // Throws Error(config) where channels do not divide 16.
  VNet(std::int64_t channels, std::int64_t classes, double dropout);

 protected:
  torch::Tensor logits(const torch::Tensor& image) override;

 private:
  struct In;
  struct Down;
  struct Up;
  struct Out;
  std::shared_ptr<In> in_;
  std::shared_ptr<Down> down32_, down64_, down128_, down256_;
  std::shared_ptr<Up> up256_, up128_, up64_, up32_;
  std::shared_ptr<Out> out_;
};

}  // namespace seg
