#pragma once
// augmentation.swap_labels as a table of classes.
#include "config/fields.h"

#include <cstdint>
#include <string>
#include <vector>

namespace seg {

// Class -> class after a left-right mirror, of all 256 indices; empty where no pair is named.
// classes: names by class index. Throws Error(config) where a pair names no class or one twice.
std::vector<std::uint8_t> exchanged_classes(const Pairs& pairs,
                                            const std::vector<std::string>& classes);

}  // namespace seg
