#pragma once
// The header of a NIfTI-1 or NIfTI-2 file (.nii), of either byte order, checked before anything
// trusts it.
#include "image/geometry.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace seg {

// Bytes that parse_nifti_header may need: a NIfTI-2 header.
inline constexpr std::size_t nifti_header_bytes = 540;

// The voxel types that are read, by their NIfTI code.
enum class VoxelType {
  uint8 = 2,
  int16 = 4,
  int32 = 8,
  float32 = 16,
  float64 = 64,
  int8 = 256,
  uint16 = 512,
  uint32 = 768,
  int64 = 1024,
  uint64 = 1280
};

struct NiftiHeader {
  int version = 1;
  bool swapped = false;         // its byte order is not this machine's
  Xyz<std::int64_t> size = {};  // voxels x, y, z; each at least 1
  VoxelType type = VoxelType::uint8;
  std::int64_t voxel_offset = 0;  // of the first voxel in the uncompressed file
  std::int64_t voxel_bytes = 0;   // of all voxels; offset + bytes does not overflow
  double slope = 1,
         intercept = 0;  // what the voxels are scaled by; 1 and 0 where the file says none
  Geometry geometry;
  std::string conflict;  // how qform, sform and pixdim disagree about the geometry, or ""
};

// bytes: the first nifti_header_bytes of the file, or the whole of a shorter one. Throws
// VolumeError with one sentence that names `file` for anything that is not one scalar 3D volume
// (trailing dimensions of 1 are accepted) with a positive spacing and an orthonormal direction. The
// geometry is the sform's where its code is positive, else the qform's, else the spacing alone;
// LPS, millimetres.
NiftiHeader parse_nifti_header(std::string_view bytes, const std::string& file);

}  // namespace seg
