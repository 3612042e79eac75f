#pragma once
// A volume as ITK's readers see it.
#include "image/geometry.h"
#include "image/voxel_type.h"

#include <filesystem>
#include <memory>
#include <string>

namespace seg {

enum class VolumeFormat { nifti, nrrd, meta };

class ItkImage {
 public:
  // Reads the header of `path`, which the sentences call `file`. Throws VolumeError for anything
  // that is not one scalar 3D volume with a plausible geometry (require_plausible).
  ItkImage(VolumeFormat format, const std::filesystem::path& path, const std::string& file);
  ~ItkImage();

  const Geometry& geometry() const { return geometry_; }
  VoxelType type() const { return type_; }
  std::int64_t voxel_bytes() const { return voxel_bytes_; }

  // Reads the voxels, in this machine's byte order, into voxel_bytes() bytes.
  void read(void* to);

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
  VolumeFormat format_;
  std::string file_;
  Geometry geometry_;
  VoxelType type_ = VoxelType::uint8;
  std::int64_t voxel_bytes_ = 0;
};

}  // namespace seg
