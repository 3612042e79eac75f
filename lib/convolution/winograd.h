#pragma once
// Winograd's convolution of 3-D volumes: fewer multiplications than the definition, in float32. Its
// steps are in winograd_steps.h.
//
// A tile of m^3 voxels of the output needs n^3 of the input, d, and the filter g of r^3 taps,
// m = n + 1 - r:
//   Y = A^T [ (G g) . (B^T d) ]
// (Lavin and Gray 2016, Eq 5 to 8), each matrix applied along W, H and D.
// Summed over the input's channels, the elementwise product is one matrix product per point of the
// transform. The gradients are the same three steps:
//   dX: the convolution of dY with the filters flipped and transposed
//   dg = G^T [ sum over tiles of (B^T d) . (A dY) ]
//
// Multiplications per voxel, and the relative error (root mean square, README.md):
//   n = 6 points: 27 -> 3.4 for 3x3x3 taps, 125 -> 27 for 5x5x5; 1e-7 to 2e-6: for float32
//   n = 8 points: 27 -> 2.4,               125 -> 8;            about 1e-5: for bfloat16, whose own
//                                                               rounding costs 2e-3
// An infinite value or NaN spreads as NaN over its tile.
#include "convolution/winograd_kernel.h"
#include "normalisation/finish.h"

#include <torch/types.h>

namespace seg {

// Whether this processor has it fast enough for training: AVX2 or more.
bool winograd_available();

// The fastest kernels for r^3 taps here; `type`, float32 or bfloat16, chooses n.
WinogradKernels winograd_kernels_for(torch::ScalarType type, std::int64_t r);

// Whether training a convolution of x [B, C, D, H, W] to `type` is faster so than by Torch. Never
// to bfloat16 on a processor with AMX, which multiplies bfloat16 about as many times faster as
// Winograd multiplies less often.
bool winograd_pays(const torch::Tensor& x, const torch::Tensor& weight, torch::ScalarType type);

// Whether a convolution of a volume [B, C, D, H, W] by weight [M, channels, r, r, r] has channels
// and tiles enough.
bool winograd_saves(const torch::Tensor& x, const torch::Tensor& weight, torch::ScalarType type);

// For evaluation (evaluate.h): G g of weight [M, C, r, r, r], and y = finish(convolution), parts
// and y in channels_last_3d, each part but the last of a multiple of 16 channels.
torch::Tensor winograd_filters(const torch::Tensor& weight, torch::ScalarType type);
void winograd_evaluate(at::TensorList parts, const torch::Tensor& filters, std::int64_t r,
                       const Finish& finish, const torch::Tensor& y);

}  // namespace seg
