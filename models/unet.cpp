#include "models/unet.h"

#include "models/batch_norm.h"
#include "models/convolution.h"
#include "pooling/max_pool.h"

namespace seg {
namespace {

namespace nn = torch::nn;

Convolution convolution(std::int64_t in, std::int64_t out) {
  return Convolution(nn::Conv3dOptions(in, out, 3).padding(1));
}

// Convolution (0), ReLU, BatchNorm (2), convolution (3), ReLU, BatchNorm (5).
struct DoubleBlock : nn::Module {
  DoubleBlock(std::int64_t in, std::int64_t out) {
    conv0_ = register_module("0", convolution(in, out));
    norm2_ = register_module("2", nn::BatchNorm3d(out));
    conv3_ = register_module("3", convolution(out, out));
    norm5_ = register_module("5", nn::BatchNorm3d(out));
  }
  torch::Tensor forward(const torch::Tensor& x) { return of_parts({x}); }
  // Of the parts, one after another along the channels.
  torch::Tensor of_parts(std::vector<torch::Tensor> parts) {
    const torch::Tensor x = convolved_relu_norm(*conv0_, *norm2_, std::move(parts));
    return convolved_relu_norm(*conv3_, *norm5_, {x});
  }

 private:
  Convolution conv0_{nullptr}, conv3_{nullptr};
  nn::BatchNorm3d norm2_{nullptr}, norm5_{nullptr};
};

}  // namespace

UNet::UNet(std::int64_t channels, std::int64_t classes, std::int64_t base) {
  for (int k = 0; k <= downs; ++k)
    down_->push_back(std::make_shared<DoubleBlock>(k == 0 ? channels : base << (k - 1), base << k));
  for (int k = 0; k < downs; ++k) {
    up_->push_back(Upsampling(nn::ConvTranspose3dOptions(base << (k + 1), base << k, 2).stride(2)));
    dec_->push_back(std::make_shared<DoubleBlock>(base << (k + 1), base << k));
  }
  register_module("down", down_);
  register_module("up", up_);
  register_module("dec", dec_);
  head_ = register_module("head", Convolution(nn::Conv3dOptions(base, classes, 1)));
}

torch::Tensor UNet::logits(const torch::Tensor& image) {
  std::vector<torch::Tensor> skips;
  torch::Tensor x = image;
  for (int k = 0; k <= downs; ++k) {
    if (k > 0) x = max_pool2(x);
    x = stage("down." + std::to_string(k), std::dynamic_pointer_cast<DoubleBlock>(down_[k]), x);
    skips.push_back(x);
  }
  for (int k = downs - 1; k >= 0; --k) {
    auto* up = up_[k]->as<Upsampling>();
    auto* dec = dec_[k]->as<DoubleBlock>();
    x = stage("dec." + std::to_string(k), {up, dec}, {x, skips[k]},
              [=](const std::vector<torch::Tensor>& in) {
                std::vector<torch::Tensor> parts;
                parts.push_back(up->forward(in[0]));
                parts.push_back(in[1]);
                return dec->of_parts(std::move(parts));
              });
  }
  return stage("head", head_.ptr(), x);
}

}  // namespace seg
