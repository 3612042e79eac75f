#include "config/model_config.h"

namespace seg {

void ModelConfig::describe(Fields& fields) {
  fields.add("name", name, "The network.", one_of({"unet"}));
  fields.add("base_channels", base_channels, "Channels of the first level; each level below has twice as many.", between(1, 512));
}

}  // namespace seg
