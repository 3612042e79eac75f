#include "models/transformer.h"

namespace seg {

namespace nn = torch::nn;

TransformerBlock::TransformerBlock(const ModelConfig& config) : heads_(config.num_heads) {
  const std::int64_t hidden = config.hidden_size;
  const auto mlp = register_module("mlp", std::make_shared<nn::Module>());
  linear1_ = mlp->register_module("linear1", nn::Linear(hidden, config.mlp_dim));
  linear2_ = mlp->register_module("linear2", nn::Linear(config.mlp_dim, hidden));
  norm1_ = register_module("norm1", nn::LayerNorm(nn::LayerNormOptions({hidden})));
  const auto attention = register_module("attn", std::make_shared<nn::Module>());
  out_proj_ = attention->register_module("out_proj", nn::Linear(hidden, hidden));
  qkv_ = attention->register_module(
      "qkv", nn::Linear(nn::LinearOptions(hidden, 3 * hidden).bias(config.qkv_bias)));
  norm2_ = register_module("norm2", nn::LayerNorm(nn::LayerNormOptions({hidden})));
  register_module(
      "norm_cross_attn",
      nn::LayerNorm(nn::LayerNormOptions({hidden})));  // MONAI has it and does not use it either
}

torch::Tensor TransformerBlock::attention(const torch::Tensor& x) {
  const std::int64_t batch = x.size(0), tokens = x.size(1), hidden = x.size(2);
  const auto qkv = qkv_->forward(x)
                       .view({batch, tokens, 3, heads_, hidden / heads_})
                       .permute({2, 0, 3, 1, 4})
                       .unbind(0);
  const torch::Tensor mixed =
      torch::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2]);  // [B, heads, N, hidden / heads]
  return out_proj_->forward(mixed.transpose(1, 2).reshape({batch, tokens, hidden}));
}

torch::Tensor TransformerBlock::forward(const torch::Tensor& x) {
  const torch::Tensor y = x + attention(norm1_->forward(x));
  return y + linear2_->forward(torch::gelu(linear1_->forward(norm2_->forward(y))));
}

PatchEmbedding::PatchEmbedding(std::int64_t channels, std::int64_t hidden, const Grid& grid)
    : grid_(grid) {
  positions_ = register_parameter("position_embeddings",
                                  0.02 * torch::randn({1, grid[0] * grid[1] * grid[2], hidden}));
  projection_ = register_module(
      "patch_embeddings", nn::Conv3d(nn::Conv3dOptions(channels, hidden, patch).stride(patch)));
}

torch::Tensor PatchEmbedding::positions(const Grid& grid) const {
  if (grid == grid_) return positions_;
  namespace F = nn::functional;
  const torch::Tensor map =
      positions_.view({1, grid_[0], grid_[1], grid_[2], -1}).permute({0, 4, 1, 2, 3});
  const std::vector<std::int64_t> size(grid.begin(), grid.end());
  const auto options =
      F::InterpolateFuncOptions().size(size).mode(torch::kTrilinear).align_corners(false);
  return F::interpolate(map, options).flatten(2).transpose(1, 2);
}

// In evaluation without autograd on a CPU the convolution, whose filters do not overlap, is a
// matrix product: oneDNN's in bfloat16 by AMX reads memory that was never written (PyTorch 2.11),
// which gives NaN where NaN had been.
torch::Tensor PatchEmbedding::projected(const torch::Tensor& image) {
  if (is_training() || torch::GradMode::is_enabled() || !image.is_cpu())
    return projection_->forward(image).flatten(2).transpose(1, 2);
  const Grid grid = grid_of(image);
  const torch::Tensor cubes =
      image.reshape({image.size(0), image.size(1), grid[0], patch, grid[1], patch, grid[2], patch})
          .permute({0, 2, 4, 6, 1, 3, 5, 7})
          .reshape({image.size(0), grid[0] * grid[1] * grid[2], -1});
  return torch::linear(cubes, projection_->weight.flatten(1), projection_->bias);
}

torch::Tensor PatchEmbedding::forward(const torch::Tensor& image) {
  return projected(image) + positions(grid_of(image));
}

}  // namespace seg
