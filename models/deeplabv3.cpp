#include "models/deeplabv3.h"

#include "models/batch_norm.h"
#include "models/convolution.h"

#include <fmt/format.h>

namespace seg {
namespace {

namespace nn = torch::nn;

constexpr std::int64_t width = 256, low_reduced = 48;

// Convolution (0), BatchNorm (1), ReLU.
struct Unit : nn::Module {
  Unit(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t dilation = 1) {
    const auto options = nn::Conv3dOptions(in, out, kernel)
                             .dilation(dilation)
                             .padding(kernel / 2 * dilation)
                             .bias(false);
    conv_ = register_module("0", Convolution(options));
    norm_ = register_module("1", nn::BatchNorm3d(out));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    return convolved_norm(*conv_, *norm_, x, Activation::relu);
  }

 private:
  Convolution conv_{nullptr};
  nn::BatchNorm3d norm_{nullptr};
};

torch::Tensor resized(const torch::Tensor& x, const torch::Tensor& like) {
  return torch::upsample_trilinear3d(x, like.sizes().slice(2), /*align_corners=*/false);
}

}  // namespace

struct DeepLabV3::Aspp : nn::Module {
  Aspp(std::int64_t in, const std::vector<std::int64_t>& rates) {
    branches.push_back(register_module("point", std::make_shared<Unit>(in, width, 1)));
    for (std::size_t i = 0; i < rates.size(); ++i)
      branches.push_back(register_module("dilated" + std::to_string(i),
                                         std::make_shared<Unit>(in, width, 3, rates[i])));
    mean = register_module("mean", nn::Conv3d(nn::Conv3dOptions(in, width, 1)));
    project =
        register_module("project", std::make_shared<Unit>((rates.size() + 2) * width, width, 1));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    std::vector<torch::Tensor> parts;
    for (auto& branch : branches) parts.push_back(branch->forward(x));
    parts.push_back(torch::relu(mean->forward(x.mean({2, 3, 4}, true))).expand_as(parts[0]));
    return project->forward(torch::cat(parts, 1));
  }
  std::vector<std::shared_ptr<Unit>> branches;
  nn::Conv3d mean{nullptr};
  std::shared_ptr<Unit> project;
};

struct DeepLabV3::Decoder : nn::Module {
  // low: channels of the skip; 0: no skip
  explicit Decoder(std::int64_t low) {
    if (low > 0) reduce = register_module("reduce", std::make_shared<Unit>(low, low_reduced, 1));
    fuse = register_module("fuse",
                           std::make_shared<Unit>(low > 0 ? width + low_reduced : width, width, 3));
    if (low > 0) refine = register_module("refine", std::make_shared<Unit>(width, width, 3));
  }
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& low) {
    if (!reduce) return fuse->forward(x);
    return refine->forward(fuse->forward(torch::cat({resized(x, low), reduce->forward(low)}, 1)));
  }
  std::shared_ptr<Unit> reduce, fuse, refine;
};

DeepLabV3::DeepLabV3(const ModelConfig& config, std::int64_t channels, std::int64_t classes) {
  encoder_ = register_module(
      "encoder", std::make_shared<ResNet>(config.backbone, channels, stride_of(config)));
  aspp_ = register_module("aspp", std::make_shared<Aspp>(encoder_->high_width, config.aspp_rates));
  decoder_ = register_module("decoder",
                             std::make_shared<Decoder>(config.decoder ? encoder_->low_width : 0));
  head_ = register_module("head", nn::Conv3d(nn::Conv3dOptions(width, classes, 1)));
}

torch::Tensor DeepLabV3::logits(const torch::Tensor& image) {
  torch::Tensor x = stage("encoder.stem", encoder_->stem_modules(), {image},
                          [this](const auto& in) { return encoder_->stem(in[0]); });
  torch::Tensor low;
  for (std::size_t k = 0; k < encoder_->layers.size(); ++k) {
    const auto& layer = encoder_->layers[k];
    for (std::size_t i = 0; i < layer.size(); ++i)
      x = stage(fmt::format("encoder.layer{}.{}", k + 1, i), layer[i], x);
    if (k == 0) low = x;
  }
  x = stage("decoder", decoder_, stage("aspp", aspp_, x), low);
  return resized(stage("head", head_.ptr(), x), image);
}

}  // namespace seg
