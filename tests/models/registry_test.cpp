// What every network promises: its size, the sizes and channels it refuses, logits of the image's
// size in either memory format.
#include "core/error.h"
#include "support/oracle_networks.h"
#include "support/word.h"

#include <set>

namespace seg {
namespace {

using Catch::Matchers::Contains;

ModelConfig named(const std::string& name) {
  ModelConfig config;
  config.name = test::word(name);
  return config;
}

// A network of `name` that a test can afford.
ModelConfig small(const std::string& name) {
  ModelConfig config = named(name);
  config.base_channels = 2;
  config.feature_size = 2;
  config.hidden_size = 12;
  config.mlp_dim = 8;
  config.num_heads = 3;
  config.backbone = Backbone::resnet18;
  return config;
}

}  // namespace

TEST_CASE("V-Net and UNETR have their source's number of parameters", "[models]") {
  CHECK(test::parameter_count(*make_network(named("vnet"), 1, 4, {64, 256, 256})) == 45605916);
  CHECK(test::parameter_count(*make_network(named("unetr"), 1, 16, {64, 256, 256})) == 93423056);
  CHECK(test::parameter_count(*make_network(named("unetr"), 4, 4, {128, 160, 160})) == 102689348);
}

TEST_CASE("a network refuses what it cannot take and names the key", "[models]") {
  CHECK_THROWS_WITH(make_network(small("unetr"), 1, 2, {64, 250, 256}),
                    "training.patch is [64, 250, 256], but each size must be a multiple of 16 for "
                    "model.name: unetr");
  CHECK_THROWS_WITH(make_network(small("vnet"), 1, 2, {8, 16, 16}),
                    Contains("each size must be a multiple of 16 for model.name: vnet"));
  CHECK_THROWS_WITH(make_network(small("vnet"), 3, 2, {16, 16, 16}),
                    Contains("model.name: vnet takes 1, 2, 4, 8 or 16 image channels"));
  ModelConfig odd = small("unetr");
  odd.num_heads = 5;
  CHECK_THROWS_WITH(make_network(odd, 1, 2, {16, 16, 16}),
                    "model.hidden_size is 12, which must be a multiple of model.num_heads, 5");
  const auto network = make_network(small("unet"), 1, 2, {16, 16, 16});
  CHECK_THROWS_WITH(network->forward(torch::zeros({1, 1, 16, 24, 16})),
                    Contains("16 x 24 x 16 voxels, but each size must be a multiple of 16"));
}

TEST_CASE("a network's row names its keys, and each of them is in its signature alone",
          "[models]") {
  std::set<std::string> described, named;
  for (const KeyValue& key : key_values(ModelConfig()))
    if (key.affects == Affects::network && key.key != "name") described.insert(key.key);
  for (const auto& [network, word] : words_of(NetworkName{})) {
    INFO(word);
    ModelConfig config;
    config.name = network;
    CHECK(signature_of(config, 1, 2).starts_with(std::string(word) + " 1 -> 2"));
    for (const SignatureKey& key : row_of(config).keys) named.insert(key.key);
  }
  CHECK(described == named);
}

// Checkpoints hold these texts: they never change, or old runs would be refused.
TEST_CASE("the signatures of the networks", "[models]") {
  CHECK(signature_of(named("unet"), 1, 16) == "unet 1 -> 16, base 16");
  CHECK(signature_of(named("vnet"), 4, 4) == "vnet 4 -> 4");
  CHECK(signature_of(named("unetr"), 1, 16) ==
        "unetr 1 -> 16, feature 16, hidden 768, mlp 3072, 12 heads, instance norm, conv_block, "
        "res_block");
  CHECK(signature_of(named("deeplabv3"), 1, 2) ==
        "deeplabv3 1 -> 2, resnet34, stride 8, rates 2 4 6, decoder");
  ModelConfig other = named("deeplabv3");
  other.output_stride = OutputStride::sixteen;
  other.decoder = false;
  CHECK(signature_of(other, 1, 2) == "deeplabv3 1 -> 2, resnet34, stride 16, rates 2 4 6");
}

TEST_CASE("BatchNorm needs two voxels at the deepest level of those that have it there",
          "[models]") {
  CHECK_THROWS_WITH(require_two_deepest_voxels(named("unet"), {16, 16, 16}),
                    "training.patch is [16, 16, 16], which leaves unet one voxel at its deepest "
                    "level, too few for BatchNorm: double a size");
  CHECK_THROWS(require_two_deepest_voxels(named("vnet"), {16, 16, 16}));
  CHECK_THROWS(require_two_deepest_voxels(named("deeplabv3"), {8, 8, 8}));
  CHECK_NOTHROW(require_two_deepest_voxels(named("unet"), {16, 32, 16}));
  CHECK_NOTHROW(require_two_deepest_voxels(named("deeplabv3"), {16, 8, 8}));
  CHECK_NOTHROW(require_two_deepest_voxels(named("unetr"), {16, 16, 16}));
}

TEST_CASE("logits have the image's size; channels_last changes the order of memory only",
          "[models]") {
  for (const std::string& name : test::words<NetworkName>()) {
    INFO(name);
    torch::manual_seed(3);
    const auto network = make_network(small(name), 2, 3, {32, 16, 16});
    network->eval();
    const torch::NoGradGuard no_grad;
    const torch::Tensor image = torch::randn({2, 2, 32, 16, 16});
    const torch::Tensor expected = network->forward(image);
    CHECK(expected.sizes() == torch::IntArrayRef({2, 3, 32, 16, 16}));
    for (torch::Tensor& p : network->parameters())
      if (p.dim() == 5) p.set_data(p.contiguous(torch::MemoryFormat::ChannelsLast3d));
    const torch::Tensor other =
        network->forward(image.contiguous(torch::MemoryFormat::ChannelsLast3d));
    CHECK(torch::allclose(other, expected, 1e-4, 1e-4));
  }
}

TEST_CASE("dropout is V-Net's own in training and off in evaluation", "[models]") {
  const torch::NoGradGuard no_grad;
  const auto network = make_network(named("vnet"), 1, 2, {16, 16, 16});
  const torch::Tensor image = torch::randn({2, 1, 16, 16, 16});
  network->eval();
  CHECK(torch::equal(network->forward(image), network->forward(image)));
  network->train();
  CHECK_FALSE(torch::equal(network->forward(image), network->forward(image)));
}

TEST_CASE("UNETR takes other sizes by interpolating its positions", "[models]") {
  const torch::NoGradGuard no_grad;
  const auto network = make_network(small("unetr"), 1, 2, {32, 32, 48});
  const auto larger = make_network(small("unetr"), 1, 2, {64, 32, 32});
  network->eval();
  larger->eval();

  // The larger network with the same weights, its positions interpolated by hand: axis D from 2 to
  // 4 tokens, W from 3 to 2.
  std::map<std::string, torch::Tensor> weights;
  for (const auto& [name, tensor] : state_dict(*network)) weights[name] = tensor;
  torch::Tensor& positions = weights.at("vit.patch_embedding.position_embeddings");
  const torch::Tensor grid = positions.view({2, 2, 3, 12});
  const auto along_d = [](const torch::Tensor& g,
                          int i) {  // half-pixel centres, clamped to the edge
    const double at = std::clamp((i + 0.5) * 2 / 4 - 0.5, 0.0, 1.0);
    return g[0] * (1 - at) + g[1] * at;
  };
  std::vector<torch::Tensor> planes;
  for (int i = 0; i < 4; ++i) {
    const torch::Tensor plane = along_d(grid, i);  // [2, 3, 12]
    const auto column = [&](int k) { return plane.select(1, k); };
    planes.push_back(torch::stack(
        {column(0) * 0.75 + column(1) * 0.25, column(1) * 0.25 + column(2) * 0.75}, 1));
  }
  positions = torch::stack(planes).reshape({1, 16, 12});
  load_state_dict(*larger, weights, "larger");

  const torch::Tensor image = torch::randn({1, 1, 64, 32, 32});
  CHECK(torch::allclose(network->forward(image), larger->forward(image), 1e-4, 1e-5));
}

}  // namespace seg
