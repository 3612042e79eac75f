#pragma once
// Uncompressed NIfTI-1 files without extensions, as one tensor whose pages are read when they are
// touched.
#include "image/geometry.h"

#include <torch/types.h>

#include <filesystem>
#include <vector>

namespace seg {

// The files' voxels as [files, D, H, W] of `type` (as the files hold them: this machine's byte
// order); one private mapping, so nothing is copied and nothing written reaches the disk. Throws
// Error(failure) naming a file that is not as long as its voxels are. One that is cut later ends
// the process with a sentence (prep/lost_pages.h).
torch::Tensor map_volumes(const std::vector<std::filesystem::path>& files, const Geometry& geometry,
                          torch::ScalarType type);

}  // namespace seg
