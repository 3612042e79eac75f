#pragma once
// From NIfTI's qform, sform and pixdim to a Geometry.
#include "image/geometry.h"

#include <string>

namespace seg {

// As the header holds them: RAS, in the header's unit of length.
struct NiftiForms {
  int qform_code = 0, sform_code = 0;     // 0: the form is not set
  std::array<double, 8> pixdim = {};      // [0]: sign of the qform's third axis; [1..3]: voxel size
  std::array<double, 3> quaternion = {};  // b, c, d of the qform
  Xyz<double> offset = {};                // of the qform
  std::array<double, 12> sform = {};      // three rows of four
  int units = 0;  // xyzt_units; the low three bits: 1 metres, 2 mm, 3 micrometres
};

// The sform where its code is positive, else the qform likewise, else the voxel size alone. Throws
// VolumeError (spacing, direction) for a voxel size that is not positive (its sign is free where
// the sform is used), NaN, or axes that are not at right angles to 1e-3.
Geometry nifti_geometry(const NiftiForms& forms, const Xyz<std::int64_t>& size,
                        const std::string& file);

// What the other form, or pixdim, says otherwise about a corner of the volume by more than a
// quarter of a voxel; "" where they agree. Begins with no_orientation where neither form is set.
inline constexpr const char* no_orientation = "no orientation: ";
std::string nifti_conflict(const NiftiForms& forms, const Geometry& geometry);

}  // namespace seg
