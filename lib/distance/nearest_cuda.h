#pragma once
// The CUDA kernels of distances to the nearest labels. Pointers lie in device memory; no Torch.
// Each returns null, or why it did not start.
#include "distance/label_grid.h"

struct CUstream_st;

namespace seg {

// How a distance d along the axes before and a step r along this one join: d + r^2 (Euclid,
// squared) or max(d, r).
enum class Joining { euclidean, chessboard };

// For every voxel the distances to the two nearest labels, and which they are; 3e38 and 255 where
// there is none. [2, voxels] each.
struct NearestLabels {
  float* distance;
  std::uint8_t* label;
};

// Labels from `first` on; ignored voxels are no label, nor is what lies farther than `limit` along
// an axis. The result lies in `a`; b is to work in.
const char* cuda_nearest_labels(const LabelGrid& grid, std::uint8_t first, Joining joining,
                                std::int64_t limit, NearestLabels a, NearestLabels b,
                                CUstream_st* stream);

}  // namespace seg
