#pragma once
// The CUDA kernels of the distance maps. Pointers lie in device memory; no Torch. Each returns
// null, or why it did not start.
#include "contour/contour_cuda.h"

namespace seg {

// How a distance d along the axes before and a step r along this one join: d + r^2 (Euclid,
// squared) or max(d, r).
enum class Metric { euclidean, chessboard };

// For every voxel the distances to the two nearest labels, and which they are; 3e38 and 255 where
// there is none. [2, voxels] each.
struct NearestLabels {
  float* distance;
  std::uint8_t* label;
};

// Labels from `first` on; ignored voxels are no label, nor is what lies farther than `limit` along
// an axis. The result lies in `a`; b is to work in.
const char* cuda_nearest_labels(const LabelGrid& grid, std::uint8_t first, Metric metric,
                                std::int64_t limit, NearestLabels a, NearestLabels b,
                                CUstream_st* stream);

// DWCE's weight 1 + w0 exp(-d^2 / (2 sigma^2)) of squared distances; two_nearest: d = d1 + d2
// (nearest: over the targets), else d to the nearest label that is not the voxel's own (nearest:
// over all labels).
const char* cuda_distance_weight(const LabelGrid& grid, NearestLabels nearest, bool two_nearest,
                                 float w0, float sigma, float* weight, CUstream_st* stream);

// Adaptive contours of chessboard distances over all labels: thickness [samples, 256], to work in;
// out as contour_map's.
const char* cuda_adaptive_contour(const LabelGrid& grid, NearestLabels nearest, ContourOf of,
                                  double beta, std::int64_t iterations, int* thickness,
                                  std::uint8_t* out, CUstream_st* stream);

}  // namespace seg
