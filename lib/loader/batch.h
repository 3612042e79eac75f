#pragma once
#include "loader/augment.h"

#include <string>
#include <vector>

namespace seg {

// What the loader hands to the training step.
struct Batch {
  torch::Tensor image;           // float32 [B, C, D, H, W]
  torch::Tensor label;           // uint8 [B, D, H, W], 255 = ignore
  std::vector<std::string> ids;  // the case of each sample
  std::vector<Augmentation>
      to_apply;  // with augmentation.device: cuda, what was drawn for each sample; else empty
};

// Does what is still to be done, where image and label lie.
void apply_augmentation(Batch& batch);

}  // namespace seg
