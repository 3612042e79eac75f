#pragma once
// Which of NIfTI's qform, sform and pixdim places a volume, and whether they agree.
#include "core/axes.h"

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

// RAS, millimetres.
struct NiftiAffine {
  std::array<Xyz<double>, 3> axis = {};  // unit vectors, at right angles
  Xyz<double> spacing = {}, origin = {};
};

// The sform where its code is positive, else the qform likewise, else the voxel size alone. Throws
// VolumeError (spacing, direction) for a voxel size that is not positive (its sign is free where
// the sform is used) or not plausible, NaN, or axes that are not at right angles to 1e-3; within
// that they are straightened.
NiftiAffine nifti_affine(const NiftiForms& forms, const std::string& file);

// What the other form, or pixdim, says otherwise about a corner of the volume by more than a
// quarter of a voxel; "" where they agree, or no_orientation where neither form is set.
std::string nifti_conflict(const NiftiForms& forms, const NiftiAffine& affine,
                           const Xyz<std::int64_t>& size);

}  // namespace seg
