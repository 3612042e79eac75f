#include "models/unet.h"

#include "models/convolution.h"

namespace seg {
namespace {

namespace nn = torch::nn;

Convolution convolution(std::int64_t in, std::int64_t out) { return Convolution(nn::Conv3dOptions(in, out, 3).padding(1)); }

nn::Sequential double_block(std::int64_t in, std::int64_t out) {
  return nn::Sequential(convolution(in, out), nn::ReLU(nn::ReLUOptions(true)), nn::BatchNorm3d(out), convolution(out, out),
                        nn::ReLU(nn::ReLUOptions(true)), nn::BatchNorm3d(out));
}

}  // namespace

UNet::UNet(std::int64_t channels, std::int64_t classes, std::int64_t base) {
  for (int k = 0; k <= downs; ++k) down_->push_back(double_block(k == 0 ? channels : base << (k - 1), base << k));
  for (int k = 0; k < downs; ++k) {
    up_->push_back(nn::ConvTranspose3d(nn::ConvTranspose3dOptions(base << (k + 1), base << k, 2).stride(2)));
    dec_->push_back(double_block(base << (k + 1), base << k));
  }
  register_module("down", down_);
  register_module("up", up_);
  register_module("dec", dec_);
  head_ = register_module("head", nn::Conv3d(nn::Conv3dOptions(base, classes, 1)));
}

torch::Tensor UNet::logits(const torch::Tensor& image) {
  std::vector<torch::Tensor> skips;
  torch::Tensor x = image;
  for (int k = 0; k <= downs; ++k) {
    if (k > 0) x = torch::max_pool3d(x, 2);
    x = stage("down." + std::to_string(k), std::dynamic_pointer_cast<nn::SequentialImpl>(down_[k]), x);
    skips.push_back(x);
  }
  for (int k = downs - 1; k >= 0; --k) {
    auto* up = up_[k]->as<nn::ConvTranspose3d>();
    auto* dec = dec_[k]->as<nn::Sequential>();
    x = stage("dec." + std::to_string(k), {up, dec}, {x, skips[k]}, [=](const std::vector<torch::Tensor>& in) {
      return dec->forward(torch::cat({up->forward(in[0]), in[1]}, 1));
    });
  }
  return stage("head", head_.ptr(), x);
}

}  // namespace seg
