#pragma once
// DeepLabV3 (Chen 2017), with v3+'s decoder (Chen 2018) where model.decoder, in 3D.
//
//   image [B, C, D, H, W]                                     s = model.output_stride
//   encoder         ResNet (resnet.h)                         low: 64 or 256 channels at 1/4
//                                                             high: 512 or 2048 at 1/s
//   aspp            of high: 1x1x1; 3x3x3 dilated by each     5 times 256 at 1/s
//                   of the three model.aspp_rates; the mean
//                   over D, H, W
//                   concatenated, 1x1x1                       256 at 1/s
//   decoder: false  3x3x3                                     256 at 1/s
//   decoder: true   trilinear to 1/4; concatenate [it,        256 at 1/4
//                   1x1x1 of low (48)]; two 3x3x3
//   head            1x1x1 with bias, trilinear to the
//                   image's size                              logits [B, M, D, H, W]
//
// Each convolution of aspp and decoder has no bias and is followed by BatchNorm and ReLU; the
// mean's has a bias and no BatchNorm, because a batch of one has one value there. s divides D, H
// and W.
#include "config/model_config.h"
#include "models/network.h"
#include "models/resnet.h"

namespace seg {

// The factor by which the encoder's output is smaller than the image.
inline std::int64_t stride_of(const ModelConfig& config) {
  return static_cast<std::int64_t>(config.output_stride);
}

struct DeepLabV3 : Network {
  DeepLabV3(const ModelConfig& config, std::int64_t channels, std::int64_t classes);

 protected:
  torch::Tensor logits(const torch::Tensor& image) override;

 private:
  struct Aspp;
  struct Decoder;
  std::shared_ptr<ResNet> encoder_;
  std::shared_ptr<Aspp> aspp_;
  std::shared_ptr<Decoder> decoder_;
  torch::nn::Conv3d head_{nullptr};
};

}  // namespace seg
