#pragma once
#include "config/fields.h"

namespace seg {

struct ModelConfig {
  std::string name = "unet";
  std::int64_t base_channels = 16;

  void describe(Fields& fields);
};

}  // namespace seg
