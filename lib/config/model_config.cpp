#include "config/model_config.h"

namespace seg {

void ModelConfig::describe(Fields& fields) {
  fields.add("name", name, "The network: the paper's U-Net, V-Net, UNETR or DeepLabV3.",
             one_of({"unet", "vnet", "unetr", "deeplabv3"}));
  fields.add("weights", weights,
             "A safetensors file of weights, by name, to start training from; a run that continues "
             "does not read it.");
  fields.add("checkpointing", checkpointing,
             "Keep only the inputs of each stage for the backward pass and compute it again: less "
             "memory, about a third more time.");
  fields.add("base_channels", base_channels,
             "unet: channels of the first level; each level below has twice as many.",
             between(1, 512));
  fields.add("dropout", dropout,
             "vnet: share of channels that training drops, where V-Net has dropout.", {0, 0.99});
  fields.add("feature_size", feature_size,
             "unetr: channels at full resolution; each level below has twice as many.",
             between(1, 512));
  fields.add("hidden_size", hidden_size, "unetr: width of a token, a multiple of model.num_heads.",
             between(1, 16384));
  fields.add("mlp_dim", mlp_dim, "unetr: width of the transformer's hidden layers.",
             between(1, 65536));
  fields.add("num_heads", num_heads, "unetr: attention heads.", between(1, 1024));
  fields.add("norm", norm, "unetr: normalisation of the convolutional blocks.",
             one_of({"instance", "batch"}));
  fields.add("conv_block", conv_block,
             "unetr: a block of convolutions after each upsampling of a skip.");
  fields.add("res_block", res_block, "unetr: residual blocks.");
  fields.add("qkv_bias", qkv_bias, "unetr: a bias in the projection to queries, keys and values.");
  fields.add("backbone", backbone, "deeplabv3: the encoder.",
             one_of({"resnet18", "resnet34", "resnet50"}));
  fields.add("output_stride", output_stride,
             "deeplabv3: the encoder's output is smaller than the image by this factor.",
             one_of({"8", "16"}));
  fields.add("aspp_rates", aspp_rates, "deeplabv3: dilations of the three parallel convolutions.",
             three(between(1, 64)));
  fields.add("decoder", decoder,
             "deeplabv3: v3+'s decoder with a skip from the encoder's first layer.");
}

}  // namespace seg
