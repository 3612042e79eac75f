#pragma once
// From a file's voxels to numbers.
#include "image/voxel_type.h"

#include <torch/types.h>

#include <string>

namespace seg {

struct StoredVoxels {
  torch::Tensor bytes;  // uint8, one dimension, this machine's byte order
  VoxelType type = VoxelType::uint8;
  double slope = 1, intercept = 0;  // value = slope stored + intercept
};

// float32, one dimension, scaled (in double). Shares memory with the bytes where they are that
// already.
torch::Tensor image_voxels(const StoredVoxels& stored);

// The same as int32; throws VolumeError(label_value) where a scaled value is no integer to 1e-4, or
// outside 0 .. 65535.
torch::Tensor label_voxels(const StoredVoxels& stored, const std::string& file);

}  // namespace seg
