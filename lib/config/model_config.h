#pragma once
#include "config/fields.h"

namespace seg {

// Which network, and every choice of its own. A key that names a network in its meaning is read by
// that network alone.
struct ModelConfig {
  std::string name = "unet";
  Path weights;
  bool checkpointing = false;

  std::int64_t base_channels = 16;  // unet

  double dropout = 0.5;  // vnet

  std::int64_t feature_size = 16;  // unetr, from here on
  std::int64_t hidden_size = 768;
  std::int64_t mlp_dim = 3072;
  std::int64_t num_heads = 12;
  std::string norm = "instance";
  bool conv_block = true;
  bool res_block = true;
  bool qkv_bias = false;

  std::string backbone = "resnet34";  // deeplabv3, from here on
  std::string output_stride = "8";
  std::vector<std::int64_t> aspp_rates = {2, 4, 6};
  bool decoder = true;

  void describe(Fields& fields);
};

}  // namespace seg
