#pragma once
#include "core/axes.h"

namespace seg {

// A part of a volume, in voxels D, H, W.
struct Box {
  Dhw<std::int64_t> start{}, size{};
};

}  // namespace seg
