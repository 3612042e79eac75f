#pragma once
#include <torch/types.h>

#include <string>
#include <vector>

namespace seg {

// What the loader hands to the training step.
struct Batch {
  torch::Tensor image;           // float32 [B, C, D, H, W]
  torch::Tensor label;           // uint8 [B, D, H, W], 255 = ignore
  std::vector<std::string> ids;  // the case of each sample
};

}  // namespace seg
