#pragma once
// What a small network's checkpoint tells of it (support/small_networks.h).
#include "data/layouts.h"
#include "run/checkpoint.h"

namespace seg::test {

inline TrainedAs trained_as(const Config& config = config_from({"model.base_channels=4"})) {
  return {config, {{"image"}, {0}, label_map({{"1", "liver"}})}};
}

}  // namespace seg::test
