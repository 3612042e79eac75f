#include "models/unetr.h"

#include "core/error.h"
#include "models/batch_norm.h"
#include "models/convolution.h"

namespace seg {
namespace {

namespace nn = torch::nn;

torch::Tensor activated(torch::Tensor x) { return torch::leaky_relu_(x); }  // in place, slope 0.01

// MONAI wraps each convolution: NAME.conv.weight.
Convolution convolution(nn::Module& parent, const std::string& name, std::int64_t in,
                        std::int64_t out, std::int64_t kernel) {
  const auto options = nn::Conv3dOptions(in, out, kernel).padding(kernel / 2).bias(false);
  return parent.register_module(name, std::make_shared<nn::Module>())
      ->register_module("conv", Convolution(options));
}

nn::ConvTranspose3d upsampling(nn::Module& parent, const std::string& name, std::int64_t in,
                               std::int64_t out) {
  const auto options = nn::ConvTranspose3dOptions(in, out, 2).stride(2).bias(false);
  return parent.register_module(name, std::make_shared<nn::Module>())
      ->register_module("conv", nn::ConvTranspose3d(options));
}

// BatchNorm, or instance normalisation, which has no parameters.
struct Norm {
  nn::BatchNorm3d batch{nullptr};
  Norm() = default;
  Norm(nn::Module& parent, const std::string& name, const ModelConfig& config, std::int64_t width) {
    if (config.norm == UnetrNorm::batch)
      batch = parent.register_module(name, nn::BatchNorm3d(width));
  }
  // after(norm(convolution(x)))
  torch::Tensor operator()(Convolution& convolution, const torch::Tensor& x, Activation after) {
    if (batch) return convolved_norm(*convolution, *batch, x, after);
    Normalisation n;
    n.instance = true;
    n.after = after;
    const torch::Tensor y = convolution->forward(x);
    return evaluates_plainly() ? plain_normalise(y, n) : normalise(y, n);
  }
};

}  // namespace

struct UNETR::Block : nn::Module {
  Block(const ModelConfig& config, std::int64_t in, std::int64_t out) : residual(config.res_block) {
    conv1 = convolution(*this, "conv1", in, out, 3);
    conv2 = convolution(*this, "conv2", out, out, 3);
    norm1 = Norm(*this, "norm1", config, out);
    norm2 = Norm(*this, "norm2", config, out);
    if (!residual || in == out) return;
    conv3 = convolution(*this, "conv3", in, out, 1);
    norm3 = Norm(*this, "norm3", config, out);
  }
  torch::Tensor forward(const torch::Tensor& x) {
    torch::Tensor y = norm1(conv1, x, Activation::leaky_relu);
    if (!residual) return norm2(conv2, y, Activation::leaky_relu);
    y = norm2(conv2, y, Activation::none);
    y += conv3 ? norm3(conv3, x, Activation::none) : x;
    return activated(y);
  }
  bool residual;
  Convolution conv1{nullptr}, conv2{nullptr}, conv3{nullptr};
  Norm norm1, norm2, norm3;
};

struct UNETR::Encoder : nn::Module {
  // Doubles the size once and then `more` times.
  Encoder(const ModelConfig& config, std::int64_t out, int more) {
    first = upsampling(*this, "transp_conv_init", config.hidden_size, out);
    const auto list = register_module("blocks", std::make_shared<nn::Module>());
    for (int i = 0; i < more; ++i) {
      if (!config.conv_block) {
        ups.push_back(upsampling(*list, std::to_string(i), out, out));
        continue;
      }
      const auto step = list->register_module(std::to_string(i), std::make_shared<nn::Module>());
      ups.push_back(upsampling(*step, "0", out, out));
      blocks.push_back(step->register_module("1", std::make_shared<Block>(config, out, out)));
    }
  }
  torch::Tensor forward(torch::Tensor x) {
    x = first->forward(x);
    for (std::size_t i = 0; i < ups.size(); ++i) {
      x = ups[i]->forward(x);
      if (!blocks.empty()) x = blocks[i]->forward(x);
    }
    return x;
  }
  nn::ConvTranspose3d first{nullptr};
  std::vector<nn::ConvTranspose3d> ups;
  std::vector<std::shared_ptr<Block>> blocks;
};

struct UNETR::Decoder : nn::Module {
  Decoder(const ModelConfig& config, std::int64_t in, std::int64_t out) {
    up = upsampling(*this, "transp_conv", in, out);
    block = register_module("conv_block", std::make_shared<Block>(config, 2 * out, out));
  }
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& skip) {
    return block->forward(torch::cat({up->forward(x), skip}, 1));
  }
  nn::ConvTranspose3d up{nullptr};
  std::shared_ptr<Block> block;
};

void UNETR::add_transformer(const ModelConfig& config, std::int64_t channels,
                            const Dhw<std::int64_t>& patch) {
  constexpr std::int64_t edge = PatchEmbedding::patch;
  const auto vit = register_module("vit", std::make_shared<nn::Module>());
  embedding_ = vit->register_module(
      "patch_embedding",
      std::make_shared<PatchEmbedding>(
          channels, config.hidden_size,
          PatchEmbedding::Grid{patch[0] / edge, patch[1] / edge, patch[2] / edge}));
  const auto list = vit->register_module("blocks", std::make_shared<nn::Module>());
  for (int i = 0; i < 12; ++i)
    blocks_.push_back(
        list->register_module(std::to_string(i), std::make_shared<TransformerBlock>(config)));
  norm_ = vit->register_module("norm", nn::LayerNorm(nn::LayerNormOptions({config.hidden_size})));
}

UNETR::UNETR(const ModelConfig& config, std::int64_t channels, std::int64_t classes,
             const Dhw<std::int64_t>& patch) {
  if (config.hidden_size % config.num_heads != 0)
    fail_config("model.hidden_size is {}, which must be a multiple of model.num_heads, {}",
                config.hidden_size, config.num_heads);
  const std::int64_t f = config.feature_size;
  add_transformer(config, channels, patch);
  encoder1_ = std::make_shared<Block>(config, channels, f);
  register_module("encoder1", std::make_shared<nn::Module>())->register_module("layer", encoder1_);
  encoder2_ = register_module("encoder2", std::make_shared<Encoder>(config, 2 * f, 2));
  encoder3_ = register_module("encoder3", std::make_shared<Encoder>(config, 4 * f, 1));
  encoder4_ = register_module("encoder4", std::make_shared<Encoder>(config, 8 * f, 0));
  decoder5_ =
      register_module("decoder5", std::make_shared<Decoder>(config, config.hidden_size, 8 * f));
  decoder4_ = register_module("decoder4", std::make_shared<Decoder>(config, 8 * f, 4 * f));
  decoder3_ = register_module("decoder3", std::make_shared<Decoder>(config, 4 * f, 2 * f));
  decoder2_ = register_module("decoder2", std::make_shared<Decoder>(config, 2 * f, f));
  const auto out = register_module("out", std::make_shared<nn::Module>())
                       ->register_module("conv", std::make_shared<nn::Module>());
  out_ = out->register_module("conv", nn::Conv3d(nn::Conv3dOptions(f, classes, 1)));
}

torch::Tensor UNETR::logits(const torch::Tensor& image) {
  const auto grid = PatchEmbedding::grid_of(image);
  const auto map_of = [&](const torch::Tensor&
                              tokens) {  // [B, N, hidden] -> [B, hidden, D/16, H/16, W/16], a view
    return tokens.view({tokens.size(0), grid[0], grid[1], grid[2], -1}).permute({0, 4, 1, 2, 3});
  };
  std::vector<torch::Tensor> z = {stage("vit.patch_embedding", embedding_, image)};
  for (const auto& block : blocks_)
    z.push_back(stage("vit.blocks." + std::to_string(z.size() - 1), block, z.back()));
  const torch::Tensor last = stage("vit.norm", norm_.ptr(), z[12]);
  torch::Tensor x =
      stage("decoder5", decoder5_, map_of(last), stage("encoder4", encoder4_, map_of(z[10])));
  x = stage("decoder4", decoder4_, x, stage("encoder3", encoder3_, map_of(z[7])));
  x = stage("decoder3", decoder3_, x, stage("encoder2", encoder2_, map_of(z[4])));
  x = stage("decoder2", decoder2_, x, stage("encoder1", encoder1_, image));
  return stage("out", out_.ptr(), x);
}

}  // namespace seg
