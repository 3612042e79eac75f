#include "models/resnet.h"

#include "models/batch_norm.h"

namespace seg {

namespace nn = torch::nn;

ResidualBlock::ResidualBlock(bool bottleneck, std::int64_t in, std::int64_t width,
                             std::int64_t stride, std::int64_t dilation) {
  const std::int64_t out = bottleneck ? 4 * width : width;
  if (bottleneck) {
    add(in, width, 1, 1, 1);
    add(width, width, 3, stride, dilation);
    add(width, out, 1, 1, 1);
  } else {
    add(in, width, 3, stride, dilation);
    add(width, width, 3, 1, dilation);
  }
  if (stride == 1 && in == out) return;
  const auto options = nn::Conv3dOptions(in, out, 1).stride(stride);
  downsample_ =
      register_module("downsample", nn::Sequential(nn::Conv3d(options), nn::BatchNorm3d(out)));
}

void ResidualBlock::add(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                        std::int64_t dilation) {
  const std::string number = std::to_string(convolutions_.size() + 1);
  const auto options = nn::Conv3dOptions(in, out, kernel)
                           .stride(stride)
                           .dilation(dilation)
                           .padding(kernel / 2 * dilation)
                           .bias(false);
  convolutions_.push_back(register_module("conv" + number, Convolution(options)));
  norms_.push_back(register_module("bn" + number, nn::BatchNorm3d(out)));
}

torch::Tensor ResidualBlock::forward(const torch::Tensor& x) {
  torch::Tensor y = x;
  for (std::size_t i = 0; i < convolutions_.size(); ++i) {
    const auto after = i + 1 < convolutions_.size() ? Activation::relu : Activation::none;
    y = convolved_norm(*convolutions_[i], *norms_[i], y, after);
  }
  y += downsample_ ? downsample_->forward(x) : x;
  return torch::relu_(y);
}

ResNet::ResNet(Backbone backbone, std::int64_t channels, std::int64_t output_stride) {
  const bool bottleneck = backbone == Backbone::resnet50;
  const std::vector<int> depths =
      backbone == Backbone::resnet18 ? std::vector<int>{2, 2, 2, 2} : std::vector<int>{3, 4, 6, 3};
  conv1_ = register_module(
      "conv1", Convolution(nn::Conv3dOptions(channels, 64, 7).stride(2).padding(3).bias(false)));
  bn1_ = register_module("bn1", nn::BatchNorm3d(64));
  std::int64_t in = 64, reached = 4, dilation = 1;  // after the max-pool
  for (int k = 0; k < 4; ++k) {
    const auto list =
        register_module("layer" + std::to_string(k + 1), std::make_shared<nn::Module>());
    const std::int64_t width = std::int64_t{64} << k, factor = k == 0 ? 1 : 2, before = dilation;
    const std::int64_t stride = reached * factor <= output_stride ? factor : 1;
    reached *= stride;
    dilation *= factor / stride;
    layers.emplace_back();
    for (int i = 0; i < depths[k]; ++i) {
      layers[k].push_back(list->register_module(
          std::to_string(i),
          std::make_shared<ResidualBlock>(bottleneck, in, width, i == 0 ? stride : 1,
                                          i == 0 ? before : dilation)));
      in = bottleneck ? 4 * width : width;
    }
    if (k == 0) low_width = in;
  }
  high_width = in;
}

torch::Tensor ResNet::stem(const torch::Tensor& image) {
  return torch::max_pool3d(convolved_norm(*conv1_, *bn1_, image, Activation::relu), 3, 2, 1);
}

}  // namespace seg
