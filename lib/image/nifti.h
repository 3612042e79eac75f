#pragma once
// Volumes in files: NIfTI-1 and -2 (.nii, .nii.gz, told apart by content, either byte order), NRRD
// (.nrrd, .nhdr) and MetaImage (.mha, .mhd), read by ITK. Anything that is not one whole scalar 3D
// volume with an orthonormal direction is refused with a VolumeError (an Error(data)) of one
// sentence that names the file: nothing is guessed, and no header is believed before the file's
// length agrees.
#include "image/volume.h"

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

struct VolumeHeader {
  Geometry geometry;     // NIfTI: the sform's where its code is positive, else the qform's, else
                         // the spacing alone
  std::string conflict;  // how the header contradicts itself about the geometry, or ""; begins with
                         // no_orientation where it does not say how the patient lies
};
inline constexpr const char* no_orientation = "no orientation: ";

// The files that hold a volume: `path`, and where that is a header alone (NRRD, MetaImage) the one
// with the voxels. Of a file that cannot be read, itself.
std::vector<std::filesystem::path> volume_files(const std::filesystem::path& path);

// Of the voxels nothing but their number is checked, and that only where they are not compressed.
VolumeHeader read_header(const std::filesystem::path& path);
Geometry read_geometry(const std::filesystem::path& path);

// float32 [1, D, H, W], slope and intercept applied (in double). NaN and infinite voxels are kept:
// prep decides.
Volume read_image(const std::filesystem::path& path);

// int32 [D, H, W] of the file's own values, 0 to 65535. Float files are accepted where every value
// is an integer to 1e-4; else VolumeError names the value.
Volume read_label(const std::filesystem::path& path);

// voxels: float32 [D, H, W] or [1, D, H, W]. Compressed where the name ends in .gz. Atomic.
void write_image(const std::filesystem::path& path, const torch::Tensor& voxels,
                 const Geometry& geometry);

// voxels: int16 [D, H, W], each standing for slope voxel + intercept. Atomic.
void write_scaled(const std::filesystem::path& path, const torch::Tensor& voxels,
                  const Geometry& geometry, double slope, double intercept);

// voxels: uint8 or int32 [D, H, W], 0 to 65535, on the grid of the file `source`, to a NIfTI file:
// uint8 where no value exceeds 255, else uint16. Of a NIfTI source the version, byte order,
// dimensions, affines, codes, units and all else that says where the voxels lie and how they were
// acquired is kept to the byte; what says what they are is not (type, scaling, display window,
// intent, palette, extensions). Of another source only the geometry. Compressed where the name ends
// in .gz. Atomic.
void write_label_like(const std::filesystem::path& path, const torch::Tensor& voxels,
                      const std::filesystem::path& source);

// voxels: uint8 [D, H, W]. Atomic.
void write_label(const std::filesystem::path& path, const torch::Tensor& voxels,
                 const Geometry& geometry);

}  // namespace seg
