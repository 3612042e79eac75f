#pragma once
// UNETR (Hatamizadeh 2022) in MONAI's form and with MONAI's parameter names.
//
//   image [B, C, D, H, W] -> tokens [B, N, hidden], N = D/16 * H/16 * W/16
//     -> 12 transformer blocks, z_k after block k (from 1)
//   encoder1  the image        -> f  channels at 1       decoder2  f  at 1
//   encoder2  z_4,  3 times up -> 2f at 1/2              decoder3  2f at 1/2
//   encoder3  z_7,  2 times up -> 4f at 1/4              decoder4  4f at 1/4
//   encoder4  z_10, once up    -> 8f at 1/8              decoder5  8f at 1/8, from
//                                                                  LayerNorm(z_12) at 1/16
//   out: 1x1x1 -> logits [B, M, D, H, W]
//
// f = model.feature_size. Up: transposed convolution k2 s2 without bias; encoders 2 and 3 follow it
// by a block where model.conv_block. decoderK: up, concatenate [up, encoder K-1], block. A block is
// twice (3x3x3 convolution, normalisation, leaky ReLU 0.01), residual where model.res_block. The
// token grid is the training patch's; other sizes take interpolated positions.
#include "core/axes.h"
#include "models/network.h"
#include "models/transformer.h"

namespace seg {

struct UNETR : Network {
  // patch: training patch D, H, W. Throws Error(config) where model.hidden_size is not a multiple
  // of model.num_heads.
  UNETR(const ModelConfig& config, std::int64_t channels, std::int64_t classes,
        const Dhw<std::int64_t>& patch);

 protected:
  torch::Tensor logits(const torch::Tensor& image) override;

 private:
  struct Encoder;
  struct Decoder;
  struct Block;
  void add_transformer(const ModelConfig& config, std::int64_t channels,
                       const Dhw<std::int64_t>& patch);

  std::shared_ptr<PatchEmbedding> embedding_;
  std::vector<std::shared_ptr<TransformerBlock>> blocks_;
  torch::nn::LayerNorm norm_{nullptr};
  std::shared_ptr<Block> encoder1_;
  std::shared_ptr<Encoder> encoder2_, encoder3_, encoder4_;
  std::shared_ptr<Decoder> decoder5_, decoder4_, decoder3_, decoder2_;
  torch::nn::Conv3d out_{nullptr};
};

}  // namespace seg
