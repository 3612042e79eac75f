#pragma once
// Winograd's convolution of 3-D volumes: fewer multiplications than the definition, in float32. For
// training in the bfloat16 mode of a CPU, and, with AVX2 too, for evaluation in any mode.
//
// A tile of m^3 voxels of the output needs 8^3 of the input, d, and the filter g of r^3 taps, m = 9
// - r:
//   Y = A^T [ (G g) . (B^T d) ]                 Lavin and Gray 2016, Eq 5 to 8, with each matrix
//   applied along W, H and D
// Summed over the input's channels, the elementwise product is one matrix product per point of the
// transform: 8^3 / m^3 = 8 multiplications for a 5x5x5 filter's 125, 2.4 for a 3x3x3 filter's 27.
// The gradients are the same three steps:
//   dX: the convolution of dY with the filters flipped and transposed
//   dg = G^T [ sum over tiles of (B^T d) . (A dY) ]
// Relative error (root mean square) 1e-5 to 6e-5, growing with the length of the sum; bfloat16
// factors give 2e-3. An infinite value or NaN spreads as NaN over its tile.
#include "normalisation/finish.h"

#include <torch/types.h>

namespace seg {

// Whether this processor has it for training.
bool winograd_available();

// Whether it takes these and is then faster than Torch's convolution in bfloat16. Never on a
// processor with AMX, which multiplies bfloat16 about as many times faster as Winograd multiplies
// less often.
bool winograd_pays(const torch::Tensor& x, const torch::Tensor& weight,
                   const torch::Tensor& bias = {});

// Convolution of stride 1 with zeros around, r / 2 on each side: x [B, C, D, H, W] float32 or
// bfloat16, weight [M, C, r, r, r] float32, r = 3 or 5, bias [M] float32 or undefined -> [B, M, D,
// H, W] bfloat16, channels_last_3d. Differentiable, once. Throws Error(failure) for anything else.
torch::Tensor winograd_convolution(const torch::Tensor& x, const torch::Tensor& weight,
                                   const torch::Tensor& bias = {});

// For evaluation (evaluate.h): whether a volume [B, C, D, H, W] has enough tiles for r^3 filters
// that it pays on so many threads; G g of weight [M, C, r, r, r]; and y = finish(convolution),
// parts and y in channels_last_3d, each part but the last of a multiple of 16 channels.
bool winograd_has_tiles(const torch::Tensor& x, std::int64_t r, std::int64_t threads);
torch::Tensor winograd_filters(const torch::Tensor& weight);
void winograd_evaluate(at::TensorList parts, const torch::Tensor& filters, int r,
                       const Finish& finish, const torch::Tensor& y);

}  // namespace seg
