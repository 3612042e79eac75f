#include "image/nifti.h"

#include "core/error.h"
#include "core/files.h"
#include "image/gunzip.h"
#include "image/itk_write.h"
#include "image/nifti_head.h"
#include "image/output_file.h"

#include <torch/types.h>

#include <algorithm>
#include <limits>

namespace seg {
namespace fs = std::filesystem;
namespace {

// ITK's writer returns as if all were well where the disk is full.
bool is_whole(const fs::path& file, std::size_t voxel_bytes) {
  const std::size_t bytes = 352 + voxel_bytes;
  if (file.extension() != ".gz") return fs::file_size(file) == bytes;
  const std::string packed = read_file(file);
  std::vector<unsigned char> unpacked(bytes);
  return gunzip({reinterpret_cast<const unsigned char*>(packed.data()), packed.size()}, unpacked) ==
         Gunzip::complete;
}

void write(const fs::path& path, const torch::Tensor& voxels, const Geometry& g, VoxelType type,
           double slope = 1, double intercept = 0) {
  const torch::Tensor data = voxels.contiguous();
  write_beside(path, [&](const fs::path& temporary) {
    write_by_itk(temporary, path.string(), data.const_data_ptr(), g, type, slope, intercept);
    if (!is_whole(temporary, data.nbytes()))
      fail("{}: cannot be written whole; check the disk's free space", path.string());
  });
}

// 0 .. 65535; an empty label has 0.
std::int64_t largest_label(const torch::Tensor& voxels, const fs::path& path) {
  if (voxels.numel() == 0) return 0;
  const auto [least, most] = voxels.aminmax();
  constexpr std::int64_t largest = std::numeric_limits<std::uint16_t>::max();
  if (least.item<std::int64_t>() < 0 || most.item<std::int64_t>() > largest)
    fail("{}: labels of {} to {} cannot be written; they must be 0 to {}", path.string(),
         least.item<std::int64_t>(), most.item<std::int64_t>(), largest);
  return most.item<std::int64_t>();
}

// Writes int32 values as T, a block at a time.
template <class T>
void write_as(OutputFile& file, const torch::Tensor& values, bool swapped) {
  const std::span<const std::int32_t> in(values.const_data_ptr<std::int32_t>(),
                                         static_cast<std::size_t>(values.numel()));
  std::vector<T> block;
  for (std::size_t at = 0; at < in.size(); at += block.size()) {
    block.resize(std::min<std::size_t>(in.size() - at, 1 << 20));
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<T>(in[at + i]);
    if (swapped && sizeof(T) == 2)
      for (T& v : block) v = static_cast<T>(v << 8 | v >> 8);
    file.write({reinterpret_cast<const char*>(block.data()), block.size() * sizeof(T)});
  }
}

}  // namespace

void write_label_like(const fs::path& path, const torch::Tensor& voxels, const fs::path& source) {
  const bool narrow = largest_label(voxels, path) <= std::numeric_limits<std::uint8_t>::max();
  NiftiContent content;
  content.type = narrow ? VoxelType::uint8 : VoxelType::uint16;
  const NiftiHead head = nifti_head_like(source, content);
  if (voxels.sizes() != torch::IntArrayRef(to_dhw(head.size)))
    fail("{}: labels of {} x {} x {} voxels do not fit the grid of {}", path.string(),
         voxels.size(-1), voxels.size(-2), voxels.size(-3), source.string());
  const bool bytes = voxels.scalar_type() == torch::kUInt8;
  const torch::Tensor data = (bytes ? voxels : voxels.to(torch::kInt32)).contiguous();
  write_beside(path, [&](const fs::path& temporary) {
    OutputFile file(temporary, path.string());
    file.write(head.bytes);
    if (bytes)
      file.write({static_cast<const char*>(data.const_data_ptr()), data.nbytes()});
    else if (narrow)
      write_as<std::uint8_t>(file, data, false);
    else
      write_as<std::uint16_t>(file, data, head.swapped);
    file.close();
  });
}

void write_image(const fs::path& path, const torch::Tensor& voxels, const Geometry& geometry) {
  write(path, voxels.to(torch::kFloat32), geometry, VoxelType::float32);
}

void write_scaled(const fs::path& path, const torch::Tensor& voxels, const Geometry& geometry,
                  double slope, double intercept) {
  write(path, voxels.to(torch::kInt16), geometry, VoxelType::int16, slope, intercept);
}

void write_label(const fs::path& path, const torch::Tensor& voxels, const Geometry& geometry) {
  write(path, voxels.to(torch::kUInt8), geometry, VoxelType::uint8);
}

}  // namespace seg
