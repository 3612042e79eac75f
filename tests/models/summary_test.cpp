#include "models/summary.h"

#include "support/oracle_networks.h"
#include "support/word.h"

namespace seg {
namespace {

const StageCost& stage(const Summary& summary, const std::string& name) {
  for (const StageCost& s : summary.stages)
    if (s.name == name) return s;
  throw std::runtime_error("no stage " + name);
}

}  // namespace

TEST_CASE("the summary of U-Net, counted by hand", "[models]") {
  const Summary s = summarise({}, 1, 16, {64, 128, 96}, 2);
  const double voxels = 2.0 * 64 * 128 * 96;
  CHECK(s.total.parameters == 5648112);
  CHECK(stage(s, "down.0").multiply_adds == Approx(voxels * 27 * (1 * 16 + 16 * 16)));
  CHECK(stage(s, "down.1").multiply_adds == Approx(voxels / 8 * 27 * (16 * 32 + 32 * 32)));
  // Transposed: each voxel of the 32 channels at half the size makes 8 voxels of 16; then 32 -> 16
  // and 16 -> 16.
  CHECK(stage(s, "dec.0").multiply_adds ==
        Approx(voxels / 8 * 32 * 16 * 8 + voxels * 27 * (32 * 16 + 16 * 16)));
  CHECK(stage(s, "head").multiply_adds == Approx(voxels * 16 * 16));
  CHECK((stage(s, "down.4").output == std::array<std::int64_t, 5>{2, 256, 4, 8, 6}));
  CHECK((s.total.output == std::array<std::int64_t, 5>{2, 16, 64, 128, 96}));
  // Kept of down.0: twice the convolution's output (in place rectified) and BatchNorm's, 16
  // channels each; its statistics are the rest.
  CHECK(stage(s, "down.0").activation_bytes == Approx(voxels * 16 * 4 * 4).epsilon(0.001));
}

TEST_CASE(
    "the summary of UNETR: linear layers in proportion to the tokens, attention to their square",
    "[models]") {
  ModelConfig config;
  config.name = NetworkName::unetr;
  config.hidden_size = 24;
  config.mlp_dim = 40;
  config.num_heads = 3;
  config.feature_size = 2;
  const Summary s = summarise(config, 1, 3, {64, 48, 32}, 1);
  const double tokens = 4 * 3 * 2;
  CHECK(stage(s, "vit.patch_embedding").multiply_adds == Approx(tokens * 24 * 16 * 16 * 16));
  CHECK(stage(s, "vit.blocks.5").multiply_adds ==
        Approx(tokens * (24 * 72 + 24 * 24 + 2 * 24 * 40) + 2 * tokens * tokens * 24));
  CHECK((stage(s, "vit.blocks.5").output == std::array<std::int64_t, 5>{1, 24, 24, 0, 0}));
}

TEST_CASE("every network has a summary, and checkpointing keeps less", "[models]") {
  for (const std::string& name : test::words<NetworkName>()) {
    INFO(name);
    ModelConfig config;
    config.name = test::word(name);
    config.backbone = Backbone::resnet18;
    const Summary plain = summarise(config, 1, 4, {32, 32, 32}, 1);
    config.checkpointing = true;
    const Summary saved = summarise(config, 1, 4, {32, 32, 32}, 1);
    CHECK(plain.total.parameters ==
          test::parameter_count(*make_network(config, 1, 4, {32, 32, 32})));
    CHECK(saved.total.activation_bytes < 0.7 * plain.total.activation_bytes);
    CHECK(saved.total.multiply_adds == Approx(plain.total.multiply_adds));
    const std::string text = summary_text(plain, false, 1024.0 * 1048576 * 1024, "a test");
    CHECK(text.find("fits in the 1024.0 GiB of a test") != std::string::npos);
    CHECK(summary_text(plain, false, 1, "a test").find("does not fit") != std::string::npos);
    const double just = 1.5 * plain.training_bytes(false);
    CHECK(summary_text(plain, false, just, "a test").find("does not fit") == std::string::npos);
    CHECK(summary_text(plain, false, just, "a test", cpu_margin).find("does not fit") !=
          std::string::npos);
  }
}

}  // namespace seg
