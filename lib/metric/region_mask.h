#pragma once
// Regions of label maps as sets of voxels, cropped to where they are.
#include "distance/bit_volume.h"

#include <array>
#include <vector>

namespace seg {

// Voxels of an image, begin .. end - 1 along each axis; empty where no begin is below its end.
struct VoxelBox {
  Dhw<std::int64_t> begin{}, end{};

  bool empty() const { return begin[0] >= end[0]; }
  Dhw<std::int64_t> size() const {
    return {end[0] - begin[0], end[1] - begin[1], end[2] - begin[2]};
  }
  void include(const VoxelBox& other);
};

// Two label maps [D, H, W], C order. Voxels whose truth is 255 (ignore) are in no region.
struct LabelMaps {
  const std::uint8_t *prediction, *truth;
  Dhw<std::int64_t> size;
};

// Around the voxels that have a label in either map, for each label.
using LabelBoxes = std::array<VoxelBox, 256>;
LabelBoxes label_boxes(const LabelMaps& maps);

// The voxels of the box that are of one of the classes, in one map of the two.
enum class Side { prediction, truth };
BitVolume region_mask(const LabelMaps& maps, Side side, const VoxelBox& box,
                      const std::vector<std::int64_t>& classes);

}  // namespace seg
