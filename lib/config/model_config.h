#pragma once
#include "config/fields.h"

namespace seg {

// A network is made by its row in models/registry.cpp.
enum class NetworkName { unet, vnet, unetr, deeplabv3 };
constexpr auto words_of(NetworkName) {
  using enum NetworkName;
  return std::to_array<Word<NetworkName>>(
      {{unet, "unet"}, {vnet, "vnet"}, {unetr, "unetr"}, {deeplabv3, "deeplabv3"}});
}

enum class UnetrNorm { instance, batch };
constexpr auto words_of(UnetrNorm) {
  using enum UnetrNorm;
  return std::to_array<Word<UnetrNorm>>({{instance, "instance"}, {batch, "batch"}});
}

enum class Backbone { resnet18, resnet34, resnet50 };
constexpr auto words_of(Backbone) {
  using enum Backbone;
  return std::to_array<Word<Backbone>>(
      {{resnet18, "resnet18"}, {resnet34, "resnet34"}, {resnet50, "resnet50"}});
}

enum class OutputStride { eight = 8, sixteen = 16 };
constexpr auto words_of(OutputStride) {
  using enum OutputStride;
  return std::to_array<Word<OutputStride>>({{eight, "8"}, {sixteen, "16"}});
}

// Which network, and every choice of its own. A key that names a network in its meaning is read by
// that network alone.
struct ModelConfig {
  NetworkName name = NetworkName::unet;
  Path weights;
  bool checkpointing = false;

  std::int64_t base_channels = 16;  // unet

  double dropout = 0.5;  // vnet

  std::int64_t feature_size = 16;  // unetr, from here on
  std::int64_t hidden_size = 768;
  std::int64_t mlp_dim = 3072;
  std::int64_t num_heads = 12;
  UnetrNorm norm = UnetrNorm::instance;
  bool conv_block = true;
  bool res_block = true;
  bool qkv_bias = false;

  Backbone backbone = Backbone::resnet34;  // deeplabv3, from here on
  OutputStride output_stride = OutputStride::eight;
  std::vector<std::int64_t> aspp_rates = {2, 4, 6};
  bool decoder = true;

  void describe(Fields& fields);
};

}  // namespace seg
