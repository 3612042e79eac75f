#pragma once
// The surface of a mask as DeepMind's surface-distance has it: one element at each corner of the
// voxels around which some of the 2x2x2 voxels are in the mask and some are not. Its area follows
// from which of them are; NSD and the lesions' HD95 weight distances by it.
#include "core/axes.h"

#include <array>
#include <cstdint>
#include <vector>

namespace seg {

// mm2 of an element by the code of its 2x2x2 voxels; 0 for codes 0 and 255, which are no surface.
// Voxel (d, h, w) of the eight, each 0 or 1, is bit 7 - (4 d + 2 h + w) of the code. A code and its
// complement have the same area.
using ElementAreas = std::array<double, 256>;
ElementAreas element_areas(const Dhw<double>& spacing);  // mm

// Corner (d, h, w) of the grid is where the voxels (d - 1 or d, h - 1 or h, w - 1 or w) meet: half
// a voxel before the centre of voxel (d, h, w).
struct SurfaceElements {
  Dhw<std::int64_t> grid{};           // corners along each axis: one more than voxels
  std::vector<std::int64_t> corners;  // flat indices into the grid, ascending
  std::vector<std::uint8_t> codes;    // of each corner
};

// mask: [D, H, W] of `size`, C order, 0 or not; beyond it lies outside the mask.
SurfaceElements surface_elements(const std::uint8_t* mask, const Dhw<std::int64_t>& size);

}  // namespace seg
