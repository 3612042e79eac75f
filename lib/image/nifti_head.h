#pragma once
// The head of a NIfTI file that lies where another volume lies.
#include "image/voxel_type.h"

#include "core/axes.h"

#include <filesystem>
#include <string>

namespace seg {

// What the voxels of a new file are.
struct NiftiContent {
  enum class Meaning { labels, probabilities } meaning = Meaning::labels;
  VoxelType type = VoxelType::uint8;
  double slope = 1;       // value = slope stored
  std::int64_t maps = 0;  // volumes along a fourth dimension; 0: the source's dimensions
  double most = 0;        // of the display window 0 .. most; 0: none is set
};

struct NiftiHead {
  std::string bytes;     // of a .nii, up to the voxels
  bool swapped = false;  // the voxels must follow in the other byte order than this machine's
  Xyz<std::int64_t> size = {};  // of a volume
};

// Of a NIfTI source the version, byte order and every field that says where the voxels lie and how
// they were acquired is kept to the byte, and those that say what the voxels are is replaced; of
// another format only the geometry is. Throws VolumeError where the source cannot be read.
NiftiHead nifti_head_like(const std::filesystem::path& source, const NiftiContent& content);

}  // namespace seg
