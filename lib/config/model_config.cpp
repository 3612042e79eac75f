#include "config/model_config.h"

namespace seg {

void ModelConfig::describe(Fields& fields) {
  fields.add("name", name, Affects::network,
             "The network: the U-Net of Section 2.4, V-Net, UNETR or DeepLabV3.");
  fields.add("weights", weights, Affects::result,
             "A safetensors file of weights, by name, to start training from; a run that continues "
             "does not read it.");
  fields.add("checkpointing", checkpointing, Affects::nothing,
             "Keep only the inputs of each stage for the backward pass and compute it again: less "
             "memory, about a third more time.");
  fields.add("base_channels", base_channels, Affects::network,
             "unet: channels of the first level; each level below has twice as many.",
             within(1, 512));
  fields.add("dropout", dropout, Affects::result,
             "vnet: share of channels that training drops, where V-Net has dropout.", {0, 0.99});
  fields.add("feature_size", feature_size, Affects::network,
             "unetr: channels at full resolution; each level below has twice as many.",
             within(1, 512));
  fields.add("hidden_size", hidden_size, Affects::network,
             "unetr: width of a token, a multiple of model.num_heads.", within(1, 16384));
  fields.add("mlp_dim", mlp_dim, Affects::network,
             "unetr: width of the transformer's hidden layers.", within(1, 65536));
  fields.add("num_heads", num_heads, Affects::network, "unetr: attention heads.", within(1, 1024));
  fields.add("norm", norm, Affects::network, "unetr: normalisation of the convolutional blocks.");
  fields.add("conv_block", conv_block, Affects::network,
             "unetr: a block of convolutions after each upsampling of a skip.");
  fields.add("res_block", res_block, Affects::network, "unetr: residual blocks.");
  fields.add("qkv_bias", qkv_bias, Affects::network,
             "unetr: a bias in the projection to queries, keys and values.");
  fields.add("backbone", backbone, Affects::network, "deeplabv3: the encoder.");
  fields.add("output_stride", output_stride, Affects::network,
             "deeplabv3: the encoder's output is smaller than the image by this factor.");
  fields.add("aspp_rates", aspp_rates, Affects::network,
             "deeplabv3: dilations of the three parallel convolutions.", three(within(1, 64)));
  fields.add("decoder", decoder, Affects::network,
             "deeplabv3: v3+'s decoder with a skip from the encoder's first layer.");
}

}  // namespace seg
