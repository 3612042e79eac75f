#pragma once
// From a file's voxels to numbers.
#include "image/nifti_header.h"

#include <torch/types.h>

namespace seg {

// bytes: uint8 [voxel_bytes] in the file's type and byte order -> float32 [voxels], scaled. Shares
// memory with `bytes` where they are that already.
torch::Tensor image_voxels(const torch::Tensor& bytes, const NiftiHeader& header);

// The same as int32; throws VolumeError(label_value) where a scaled value is no integer to 1e-4, or
// outside 0 .. 65535.
torch::Tensor label_voxels(const torch::Tensor& bytes, const NiftiHeader& header,
                           const std::string& file);

}  // namespace seg
