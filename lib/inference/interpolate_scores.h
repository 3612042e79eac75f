#pragma once
// Linear interpolation of every class's scores by plain Torch operations, on any device.
#include "prep/axis.h"

#include <torch/types.h>

namespace seg {

// Linear taps of axis_positions, but a position within 1e-6 voxels of an input voxel is on it, and
// both its taps are that voxel.
AxisTaps exact_taps(std::vector<double> positions, std::int64_t size);

// Taps as tensors on a device, copied there once: int64 [n], int64 [n] and the share of above,
// float32 [n].
struct DeviceTaps {
  torch::Tensor below, above, share;
  bool exact = false;  // below is above everywhere
};
DeviceTaps taps_on(const torch::Device& device, const AxisTaps& taps);

// Taps begin .. begin + count - 1, of an input whose voxel `first` is the first of all.
DeviceTaps part_of(const DeviceTaps& taps, std::int64_t begin, std::int64_t count,
                   std::int64_t first);

// float32 scores interpolated along `axis`.
torch::Tensor interpolate(const torch::Tensor& scores, const DeviceTaps& taps, std::int64_t axis);

}  // namespace seg
