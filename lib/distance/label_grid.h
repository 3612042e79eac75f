#pragma once
// Labels in device memory, for CUDA kernels.
#include <cstdint>

namespace seg {

struct LabelGrid {
  const std::uint8_t* labels;  // [samples, depth, height, width]; 255: ignored
  std::int64_t samples, depth, height, width;

  std::int64_t voxels() const { return samples * depth * height * width; }
};

}  // namespace seg
