#pragma once
// The header of a NIfTI-1 or NIfTI-2 file (.nii), of either byte order, checked before anything
// trusts it.
#include "image/nifti_affine.h"
#include "image/voxel_type.h"

#include <string>
#include <string_view>

namespace seg {

// Bytes that parse_nifti_header may need: a NIfTI-2 header.
inline constexpr std::size_t nifti_header_bytes = 540;

struct NiftiHeader {
  int version = 1;
  bool swapped = false;         // its byte order is not this machine's
  Xyz<std::int64_t> size = {};  // voxels x, y, z; each at least 1
  VoxelType type = VoxelType::uint8;
  std::int64_t voxel_offset = 0;  // of the first voxel in the uncompressed file
  std::int64_t voxel_bytes = 0;   // of all voxels; offset + bytes does not overflow
  double slope = 1,
         intercept = 0;  // what the voxels are scaled by; 1 and 0 where the file says none
  NiftiAffine affine;
  std::string conflict;  // how qform, sform and pixdim disagree about the geometry, or ""
};

// bytes: the first nifti_header_bytes of the file, or the whole of a shorter one. Throws
// VolumeError with one sentence that names `file` for anything that is not one scalar 3D volume
// (trailing dimensions of 1 are accepted) with a plausible spacing and an orthonormal direction.
NiftiHeader parse_nifti_header(std::string_view bytes, const std::string& file);

// A NIfTI-1 header of 352 bytes, in the file's byte order, from which ITK 5.2 makes what `header`
// says: the form that is used alone, in millimetres, as the sform (ITK prefers the qform to some
// sforms, takes metres for millimetres in the origin, and knows no NIfTI-2); voxels unscaled (it
// scales in float32) and as integers of the same width (it makes NaN 0). Throws VolumeError for
// more voxels along an axis than NIfTI-1 can count.
std::string header_for_itk(const NiftiHeader& header, const std::string& file);

}  // namespace seg
