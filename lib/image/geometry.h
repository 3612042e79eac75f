#pragma once
// Where a volume lies in the patient: ITK's LPS frame, millimetres, axes x, y, z. Voxel arrays are
// [D, H, W] = [z, y, x].
#include "core/axes.h"

namespace seg {

struct Geometry {
  Xyz<std::int64_t> size = {0, 0, 0};  // voxels x, y, z
  Xyz<double> spacing = {1, 1, 1};     // mm x, y, z; > 0
  Xyz<double> origin = {0, 0, 0};      // LPS mm of the centre of voxel (0, 0, 0)
  std::array<double, 9> direction = {
      1, 0, 0, 0, 1, 0, 0, 0, 1};  // row-major; column a is the unit vector of axis a; orthonormal

  Dhw<std::int64_t> size_dhw() const { return to_dhw(size); }
  Dhw<double> spacing_dhw() const { return to_dhw(spacing); }
};

}  // namespace seg
