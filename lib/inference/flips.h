#pragma once
// Test-time flips (inference.flip).
#include "inference/sliding_window.h"

#include <cstdint>
#include <vector>

namespace seg {

// network, or where flips are asked for the mean over mirrored windows of its logits, each mirrored
// back. exchange: class -> class after a left-right mirror (config/swap_labels.h), or empty.
WindowNetwork with_flips(WindowNetwork network, Flip flip,
                         const std::vector<std::uint8_t>& exchange);

}  // namespace seg
