#pragma once
// The CUDA kernels of what is made of distances: DWCE's weights and adaptive contours. Pointers lie
// in device memory; no Torch. Each returns null, or why it did not start.
#include "contour/contour_cuda.h"
#include "distance/nearest_cuda.h"

namespace seg {

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
