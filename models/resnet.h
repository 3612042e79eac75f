#pragma once
// A residual encoder (He 2016) in 3D, its last stages dilated instead of strided. Parameter names
// as in torchvision.
//
//   conv1, bn1, ReLU  7x7x7, 64 channels       at 1/2       max-pool of 3, stride 2: 1/4
//   layer1            64 (x4 for resnet50)     at 1/4       -> low
//   layer2           128 (x4)                  at 1/8
//   layer3           256 (x4)                  at 1/16, or at 1/8 with dilation 2 for an output
//                                              stride of 8
//   layer4           512 (x4)                  with dilation 2 for an output stride of 16, 4 for 8
//                                              -> high
//
// resnet18: blocks of two 3x3x3, 2 2 2 2 per layer; resnet34: 3 4 6 3; resnet50: bottlenecks 1x1x1,
// 3x3x3, 1x1x1, 3 4 6 3. Where a block changes size or width its shortcut is a 1x1x1 convolution
// with BatchNorm. Convolutions have no bias but the shortcut's, as in MONAI's ResNet.
#include "config/model_config.h"
#include "models/convolution.h"

#include <torch/torch.h>

#include <vector>

namespace seg {

struct ResidualBlock : torch::nn::Module {
  // Bottleneck: `width` inside and 4 * width out; else two 3x3x3 convolutions to `width`.
  ResidualBlock(bool bottleneck, std::int64_t in, std::int64_t width, std::int64_t stride,
                std::int64_t dilation);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  void add(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
           std::int64_t dilation);
  std::vector<Convolution> convolutions_;
  std::vector<torch::nn::BatchNorm3d> norms_;
  torch::nn::Sequential downsample_{nullptr};
};

struct ResNet : torch::nn::Module {
  // output_stride: 8 or 16.
  ResNet(Backbone backbone, std::int64_t channels, std::int64_t output_stride);
  torch::Tensor stem(const torch::Tensor& image);  // to the max-pool
  std::vector<torch::nn::Module*> stem_modules() { return {conv1_.get(), bn1_.get()}; }

  std::vector<std::vector<std::shared_ptr<ResidualBlock>>> layers;  // of layer1 .. layer4
  std::int64_t low_width = 0, high_width = 0;                       // channels of layer1 and layer4

 private:
  Convolution conv1_{nullptr};
  torch::nn::BatchNorm3d bn1_{nullptr};
};

}  // namespace seg
