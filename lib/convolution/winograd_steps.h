#pragma once
// Winograd's convolution step by step, not fused, on tensors in channels_last_3d (winograd.h has
// the equation). The same bits on any number of threads. For this folder.
#include "convolution/winograd_kernel.h"
#include "core/rounding.h"

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace seg {

constexpr std::int64_t whole_lanes(std::int64_t channels) {
  return round_up(channels, winograd_lanes);
}

// x [B, C, D, H, W] float32 or bfloat16.
WinogradVolume winograd_volume(const torch::Tensor& x);
std::vector<WinogradVolume> winograd_volumes(at::TensorList xs);
std::int64_t winograd_tiles(const WinogradVolume& volume, WinogradSize size);

// Transformed tiles: memory for `most` at once.
struct WinogradMemory {
  torch::Tensor memory;
  float* data;
  WinogradTiles tiles;

  WinogradMemory(WinogradSize size, std::int64_t most, std::int64_t channels);
  void take(std::int64_t first, std::int64_t count);
  WinogradMatrix at(std::int64_t point) const {
    return {data + point * tiles.point_stride, tiles.row};
  }
};

// Memory for a matrix per point, [n^3, rows, columns]. Between two is room for a vector: else the
// points would share few lines of the cache.
torch::Tensor winograd_matrices(WinogradSize size, std::int64_t rows, std::int64_t columns);

// A matrix per point, [n^3, rows, columns], in memory that a tensor keeps.
struct WinogradMatrices {
  float* data;
  std::int64_t step, row;

  explicit WinogradMatrices(const torch::Tensor& points)
      : data(points.data_ptr<float>()), step(points.stride(0)), row(points.size(2)) {}
  WinogradMatrix at(std::int64_t point) const { return {data + point * step, row}; }
};

// G g: taps [r, r, r, rows, columns] -> [n^3, rows, columns padded to whole vectors]; flipped: of
// the taps in reverse order along each axis.
enum class TapOrder { given, flipped };
torch::Tensor winograd_filters_of(const WinogradKernels& kernels, const torch::Tensor& taps,
                                  TapOrder order = TapOrder::given);
// G^T u, the other way round, for columns that were not padded.
torch::Tensor winograd_taps_of(const WinogradKernels& kernels, const torch::Tensor& points,
                               std::int64_t columns);

// B^T d of the tiles of volumes that stand one after another along the channels, each but the last
// of whole vectors.
void winograd_input(const WinogradKernels& kernels, const std::vector<WinogradVolume>& parts,
                    WinogradTiles tiles, float* transformed);

// ys = last(xs convolved with filters [n^3, C, M padded]), xs and ys each volumes that stand one
// after another along the channels. `last` is for one y.
void winograd_convolve(const WinogradKernels& kernels, at::TensorList xs,
                       const torch::Tensor& filters, const WinogradLast& last, at::TensorList ys);

// The gradients of the filters, [r, r, r, C, M], and of the bias, [M].
struct ParameterGradients {
  torch::Tensor taps, bias;
};
ParameterGradients winograd_parameter_gradients(const WinogradKernels& kernels, at::TensorList xs,
                                                const torch::Tensor& dy);

}  // namespace seg
