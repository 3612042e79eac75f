#pragma once
// Where a volume lies in the patient: ITK's LPS frame, millimetres, axes x, y, z. Voxel arrays are
// [D, H, W] = [z, y, x].
#include <array>
#include <cstdint>

namespace seg {

struct Geometry {
  std::array<std::int64_t, 3> size = {0, 0, 0};  // voxels x, y, z
  std::array<double, 3> spacing = {1, 1, 1};     // mm x, y, z; > 0
  std::array<double, 3> origin = {0, 0, 0};      // LPS mm of the centre of voxel (0, 0, 0)
  std::array<double, 9> direction = {
      1, 0, 0, 0, 1, 0, 0, 0, 1};  // row-major; column a is the unit vector of axis a; orthonormal

  std::array<std::int64_t, 3> size_dhw() const { return {size[2], size[1], size[0]}; }
  std::array<double, 3> spacing_dhw() const { return {spacing[2], spacing[1], spacing[0]}; }
};

}  // namespace seg
