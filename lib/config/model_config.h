#pragma once
#include "config/fields.h"

namespace seg {

// Which network, and every choice of its own. A key that names a network in its meaning is read by that network alone.
struct ModelConfig {
  std::string name = "unet";

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

  void describe(Fields& fields);
};

}  // namespace seg
