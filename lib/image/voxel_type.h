#pragma once
#include <cstdint>

namespace seg {

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

// Bytes of one voxel; 0 for a number that is none of them.
constexpr std::int64_t bytes_each(VoxelType type) {
  switch (type) {
    case VoxelType::uint8:
    case VoxelType::int8: return 1;
    case VoxelType::int16:
    case VoxelType::uint16: return 2;
    case VoxelType::int32:
    case VoxelType::uint32:
    case VoxelType::float32: return 4;
    case VoxelType::float64:
    case VoxelType::int64:
    case VoxelType::uint64: return 8;
  }
  return 0;
}

}  // namespace seg
