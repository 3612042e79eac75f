#pragma once
// The paper's augmentation (Section 2.4): rotation about the axial axis and a flip, each with its probability.
#include "config/training_config.h"
#include "data/patches.h"

namespace seg {

// What was drawn for a sample.
struct Augmentation {
  double degrees = 0;  // counter-clockwise in the (W, H) plane; 0: none
  int flip = 0;        // 0: none, 1: along W (left-right), 2: along H (front-back)
};
Augmentation draw_augmentation(const AugmentationConfig& config, std::uint64_t seed, std::uint64_t epoch, std::uint64_t sample);

// Rotation (image linear, label nearest; what it brings in: each channel's minimum, label 255), then the flip.
Patch augment(const Patch& patch, const Augmentation& drawn);

}  // namespace seg
