#include "models/registry.h"

#include "core/error.h"
#include "models/deeplabv3.h"
#include "models/unet.h"
#include "models/unetr.h"
#include "models/vnet.h"

namespace seg {
namespace {

// ", base 16"; "" where it is false.
std::string told(const SignatureKey& key, std::string value) {
  if (value == "false") return "";
  std::erase_if(value, [](char c) { return c == '[' || c == ']' || c == ','; });
  return ", " + fmt::format(fmt::runtime(key.told), value);
}

}  // namespace

NetworkRow row_of(const ModelConfig& config) {
  using Made = std::shared_ptr<Network>;
  switch (config.name) {
    case NetworkName::unet:
      return {.make = [](const ModelConfig& c, std::int64_t channels, std::int64_t classes,
                         const Dhw<std::int64_t>&) -> Made {
                return std::make_shared<UNet>(channels, classes, c.base_channels);
              },
              .keys = {{"base_channels", "base {}"}},
              .size_multiple = 16};
    case NetworkName::vnet:
      return {.make = [](const ModelConfig& c, std::int64_t channels, std::int64_t classes,
                         const Dhw<std::int64_t>&) -> Made {
                return std::make_shared<VNet>(channels, classes, c.dropout);
              },
              .keys = {},
              .size_multiple = 16};
    case NetworkName::unetr:
      return {.make = [](const ModelConfig& c, std::int64_t channels, std::int64_t classes,
                         const Dhw<std::int64_t>& patch) -> Made {
                return std::make_shared<UNETR>(c, channels, classes, patch);
              },
              .keys = {{"feature_size", "feature {}"},
                       {"hidden_size", "hidden {}"},
                       {"mlp_dim", "mlp {}"},
                       {"num_heads", "{} heads"},
                       {"norm", "{} norm"},
                       {"conv_block", "conv_block"},
                       {"res_block", "res_block"},
                       {"qkv_bias", "qkv_bias"}},
              .size_multiple = PatchEmbedding::patch,
              .norm_at_the_deepest = false};  // tokens have LayerNorm
    case NetworkName::deeplabv3:
      return {.make = [](const ModelConfig& c, std::int64_t channels, std::int64_t classes,
                         const Dhw<std::int64_t>&) -> Made {
                return std::make_shared<DeepLabV3>(c, channels, classes);
              },
              .keys = {{"backbone", "{}"},
                       {"output_stride", "stride {}"},
                       {"aspp_rates", "rates {}"},
                       {"decoder", "decoder"}},
              .size_multiple = stride_of(config),
              .deterministic_on_gpu = false};  // the gradient of its upsampling
  }
  fail("model.name: this network has no row in models/registry.cpp; add one");
}

std::shared_ptr<Network> make_network(const ModelConfig& config, std::int64_t channels,
                                      std::int64_t classes, const Dhw<std::int64_t>& patch) {
  const NetworkRow row = row_of(config);
  auto network = row.make(config, channels, classes, patch);
  network->checkpointing = config.checkpointing;
  network->size_multiple = row.size_multiple;
  for (const std::int64_t size : patch)
    if (size % row.size_multiple != 0)
      fail_config(
          "training.patch is [{}, {}, {}], but each size must be a multiple of {} for model.name: "
          "{}",
          patch[0], patch[1], patch[2], row.size_multiple, word_of(config.name));
  return network;
}

std::string signature_of(const ModelConfig& config, std::int64_t channels, std::int64_t classes) {
  std::string text = fmt::format("{} {} -> {}", word_of(config.name), channels, classes);
  const std::vector<KeyValue> values = key_values(config);
  for (const SignatureKey& key : row_of(config).keys)
    for (const KeyValue& value : values)
      if (value.key == key.key) text += told(key, value.value);
  return text;
}

void require_two_deepest_voxels(const ModelConfig& config, const Dhw<std::int64_t>& patch) {
  const NetworkRow row = row_of(config);
  const std::int64_t n = row.size_multiple;
  if (!row.norm_at_the_deepest || patch[0] * patch[1] * patch[2] > n * n * n) return;
  fail_config(
      "training.patch is [{}, {}, {}], which leaves {} one voxel at its deepest level, too few for "
      "BatchNorm: double a size",
      patch[0], patch[1], patch[2], word_of(config.name));
}

}  // namespace seg
