#pragma once
// Which patches an epoch consists of, and cutting them out.
#include "config/config.h"
#include "core/axes.h"
#include "core/random.h"
#include "prep/prepared_case.h"

#include <memory>
#include <mutex>
#include <vector>

namespace seg {

struct Patch {
  torch::Tensor image;  // float32 [C, D, H, W]; may be a view of the case
  torch::Tensor label;  // uint8 [D, H, W]
};

// First slices of axial crops of `depth` that share `overlap` slices; the last ends flush. One crop
// where the volume is no deeper.
std::vector<std::int64_t> slice_starts(std::int64_t slices, std::int64_t depth,
                                       std::int64_t overlap);

// The patch [size] whose first voxel is `start` (may lie outside: padded with each channel's
// minimum, label 255). Where it is longer than an axis, the volume lies in its middle.
Patch cut_patch(const PreparedCase& c, Dhw<std::int64_t> start, const Dhw<std::int64_t>& size);

// Positions of up to 20,000 labelled voxels (every k-th of them), found once per case: int32 [n, 3]
// in D, H, W.
torch::Tensor foreground_voxels(const torch::Tensor& label);

// A random patch: with probability `foreground_share` centred on one of `foreground`, as far as the
// volume's border allows; else anywhere.
Patch random_patch(const PreparedCase& c, const torch::Tensor& foreground,
                   const Dhw<std::int64_t>& size, double foreground_share, Random& random);

}  // namespace seg
