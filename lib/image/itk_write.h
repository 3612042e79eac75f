#pragma once
// ITK's NIfTI writer.
#include "image/geometry.h"
#include "image/voxel_type.h"

#include <filesystem>
#include <string>

namespace seg {

// Writes `file`, which errors call `shown`. voxels: as many as the geometry says, of uint8, int16
// or float32. Throws Error(failure) where ITK does; it does not where the disk is full.
void write_by_itk(const std::filesystem::path& file, const std::string& shown, const void* voxels,
                  const Geometry& geometry, VoxelType type, double slope = 1, double intercept = 0);

}  // namespace seg
