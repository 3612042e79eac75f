#pragma once
// The vision transformer of UNETR (Dosovitskiy 2021), in MONAI's form and with MONAI's parameter
// names.
#include "config/model_config.h"
#include "core/axes.h"

#include <torch/torch.h>

namespace seg {

// x + attention(LayerNorm(x)), then x + MLP(LayerNorm(x)). x [B, N, hidden].
struct TransformerBlock : torch::nn::Module {
  explicit TransformerBlock(const ModelConfig& config);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::Tensor attention(const torch::Tensor& x);
  std::int64_t heads_;
  torch::nn::Linear linear1_{nullptr}, linear2_{nullptr}, qkv_{nullptr}, out_proj_{nullptr};
  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
};

// Patches of 16 x 16 x 16 voxels as tokens [B, N, hidden] with a learnt position each.
struct PatchEmbedding : torch::nn::Module {
  static constexpr std::int64_t patch = 16;
  using Grid = Dhw<std::int64_t>;  // tokens along D, H, W; N is their product

  // grid: of the training patch. Another grid in forward takes its positions by trilinear
  // interpolation.
  PatchEmbedding(std::int64_t channels, std::int64_t hidden, const Grid& grid);
  torch::Tensor forward(const torch::Tensor& image);
  static Grid grid_of(const torch::Tensor& image) {
    return {image.size(2) / patch, image.size(3) / patch, image.size(4) / patch};
  }

 private:
  torch::Tensor positions(const Grid& grid) const;
  torch::Tensor projected(const torch::Tensor& image);  // [B, N, hidden]
  Grid grid_;
  torch::nn::Conv3d projection_{nullptr};
  torch::Tensor positions_;
};

}  // namespace seg
