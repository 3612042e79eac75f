#include "models/vnet.h"

#include "core/error.h"
#include "models/batch_norm.h"
#include "models/convolution.h"

namespace seg {
namespace {

namespace nn = torch::nn;

torch::Tensor elu_of(torch::Tensor x) { return torch::elu_(x); }  // in place

// 5x5x5 convolution without bias, then BatchNorm: "conv" and "adn.N".
struct ConvNorm : nn::Module {
  ConvNorm(std::int64_t in, std::int64_t out) {
    conv_ =
        register_module("conv", Convolution(nn::Conv3dOptions(in, out, 5).padding(2).bias(false)));
    norm_ = register_module("adn", std::make_shared<nn::Module>())
                ->register_module("N", nn::BatchNorm3d(out));
  }
  torch::Tensor forward(const torch::Tensor& x, Activation after) {
    return convolved_norm(*conv_, *norm_, x, after);
  }

 private:
  Convolution conv_{nullptr};
  nn::BatchNorm3d norm_{nullptr};
};

// "ops.0.conv_block", ...: `depth` times ConvNorm and ELU; the input is added before a last ELU.
struct Residual : nn::Module {
  Residual(std::int64_t width, int depth) {
    for (int i = 0; i < depth; ++i) {
      const auto step = register_module(std::to_string(i), std::make_shared<nn::Module>());
      convolutions_.push_back(
          step->register_module("conv_block", std::make_shared<ConvNorm>(width, width)));
    }
  }
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& shortcut) {
    for (const auto& convolution : convolutions_) x = convolution->forward(x, Activation::elu);
    return elu_of(torch::GradMode::is_enabled() ? x + shortcut : x.add_(shortcut));
  }

 private:
  std::vector<std::shared_ptr<ConvNorm>> convolutions_;
};

}  // namespace

struct VNet::In : nn::Module {
  explicit In(std::int64_t channels)
      : conv_block(register_module("conv_block", std::make_shared<ConvNorm>(channels, 16))) {}
  torch::Tensor forward(const torch::Tensor& image) {
    const torch::Tensor x = conv_block->forward(image, Activation::none);
    x.unflatten(1, {16 / image.size(1), image.size(1)})
        .add_(image.unsqueeze(1));  // channel j gets channel j mod C of the image
    return elu_of(x);
  }
  std::shared_ptr<ConvNorm> conv_block;
};

struct VNet::Down : nn::Module {
  Down(std::int64_t in, int depth, double dropout_) : dropout(dropout_) {
    down_conv = register_module("down_conv",
                                nn::Conv3d(nn::Conv3dOptions(in, 2 * in, 2).stride(2).bias(false)));
    bn1 = register_module("bn1", nn::BatchNorm3d(2 * in));
    ops = register_module("ops", std::make_shared<Residual>(2 * in, depth));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    const torch::Tensor down = batch_norm(*bn1, down_conv->forward(x), Activation::elu);
    return ops->forward(torch::feature_dropout(down, dropout, is_training()), down);
  }
  double dropout;
  nn::Conv3d down_conv{nullptr};
  nn::BatchNorm3d bn1{nullptr};
  std::shared_ptr<Residual> ops;
};

struct VNet::Up : nn::Module {
  // dropout: of x; skip_dropout: of the skip.
  Up(std::int64_t in, std::int64_t out, int depth, double dropout_, double skip_dropout_)
      : dropout(dropout_), skip_dropout(skip_dropout_) {
    up_conv = register_module("up_conv",
                              Upsampling(nn::ConvTranspose3dOptions(in, out / 2, 2).stride(2)));
    bn1 = register_module("bn1", nn::BatchNorm3d(out / 2));
    ops = register_module("ops", std::make_shared<Residual>(out, depth));
  }
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& skip) {
    x = torch::feature_dropout(x, dropout, is_training());
    const torch::Tensor kept = torch::feature_dropout(skip, skip_dropout, is_training());
    x = batch_norm(*bn1, up_conv->forward(x), Activation::elu);
    x = torch::cat({x, kept}, 1);
    return ops->forward(x, x);
  }
  double dropout, skip_dropout;
  Upsampling up_conv{nullptr};
  nn::BatchNorm3d bn1{nullptr};
  std::shared_ptr<Residual> ops;
};

struct VNet::Out : nn::Module {
  explicit Out(std::int64_t classes)
      : conv_block(register_module("conv_block", std::make_shared<ConvNorm>(32, classes))) {
    conv2 = register_module("conv2", nn::Conv3d(nn::Conv3dOptions(classes, classes, 1)));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    return conv2->forward(conv_block->forward(x, Activation::elu));
  }
  std::shared_ptr<ConvNorm> conv_block;
  nn::Conv3d conv2{nullptr};
};

VNet::VNet(std::int64_t channels, std::int64_t classes, double dropout) {
  if (channels < 1 || 16 % channels != 0)
    fail_config(
        "model.name: vnet takes 1, 2, 4, 8 or 16 image channels (it repeats them to 16), not {}; "
        "choose another network or "
        "data.channels",
        channels);
  in_ = register_module("in_tr", std::make_shared<In>(channels));
  down32_ = register_module("down_tr32", std::make_shared<Down>(16, 1, 0));
  down64_ = register_module("down_tr64", std::make_shared<Down>(32, 2, 0));
  down128_ = register_module("down_tr128", std::make_shared<Down>(64, 3, dropout));
  down256_ = register_module("down_tr256", std::make_shared<Down>(128, 2, dropout));
  up256_ = register_module("up_tr256", std::make_shared<Up>(256, 256, 2, dropout, dropout));
  up128_ = register_module("up_tr128", std::make_shared<Up>(256, 128, 2, dropout, dropout));
  up64_ = register_module("up_tr64", std::make_shared<Up>(128, 64, 1, 0, dropout));
  up32_ = register_module("up_tr32", std::make_shared<Up>(64, 32, 1, 0, dropout));
  out_ = register_module("out_tr", std::make_shared<Out>(classes));
}

torch::Tensor VNet::logits(const torch::Tensor& image) {
  const torch::Tensor x16 = stage("in_tr", in_, image);
  const torch::Tensor x32 = stage("down_tr32", down32_, x16);
  const torch::Tensor x64 = stage("down_tr64", down64_, x32);
  const torch::Tensor x128 = stage("down_tr128", down128_, x64);
  torch::Tensor x = stage("down_tr256", down256_, x128);
  x = stage("up_tr256", up256_, x, x128);
  x = stage("up_tr128", up128_, x, x64);
  x = stage("up_tr64", up64_, x, x32);
  x = stage("up_tr32", up32_, x, x16);
  return stage("out_tr", out_, x);
}

}  // namespace seg
