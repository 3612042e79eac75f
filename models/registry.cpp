#include "models/registry.h"

#include "core/error.h"
#include "models/deeplabv3.h"
#include "models/unet.h"
#include "models/unetr.h"
#include "models/vnet.h"

namespace seg {
namespace {

using Patch = Dhw<std::int64_t>;

std::shared_ptr<Network> network_named(const ModelConfig& config, std::int64_t channels,
                                       std::int64_t classes, const Patch& patch) {
  if (config.name == "unet") return std::make_shared<UNet>(channels, classes, config.base_channels);
  if (config.name == "vnet") return std::make_shared<VNet>(channels, classes, config.dropout);
  if (config.name == "unetr") return std::make_shared<UNETR>(config, channels, classes, patch);
  if (config.name == "deeplabv3") return std::make_shared<DeepLabV3>(config, channels, classes);
  fail_config("model.name: there is no network '{}'", config.name);
}

}  // namespace

std::shared_ptr<Network> make_network(const ModelConfig& config, std::int64_t channels,
                                      std::int64_t classes, const Patch& patch) {
  auto network = network_named(config, channels, classes, patch);
  network->checkpointing = config.checkpointing;
  const std::int64_t multiple = network->size_multiple();
  for (const std::int64_t size : patch)
    if (size % multiple != 0)
      fail_config(
          "training.patch is [{}, {}, {}], but each size must be a multiple of {} for model.name: "
          "{}",
          patch[0], patch[1], patch[2], multiple, config.name);
  return network;
}

std::string signature_of(const ModelConfig& c, std::int64_t channels, std::int64_t classes) {
  const std::string text = fmt::format("{} {} -> {}", c.name, channels, classes);
  if (c.name == "unet") return text + fmt::format(", base {}", c.base_channels);
  if (c.name == "unetr")
    return text + fmt::format(", feature {}, hidden {}, mlp {}, {} heads, {} norm{}{}{}",
                              c.feature_size, c.hidden_size, c.mlp_dim, c.num_heads, c.norm,
                              c.conv_block ? ", conv_block" : "", c.res_block ? ", res_block" : "",
                              c.qkv_bias ? ", qkv_bias" : "");
  if (c.name == "deeplabv3")
    return text + fmt::format(", {}, stride {}, rates {} {} {}{}", c.backbone, c.output_stride,
                              c.aspp_rates[0], c.aspp_rates[1], c.aspp_rates[2],
                              c.decoder ? ", decoder" : "");
  return text;
}

}  // namespace seg
