#pragma once
// The volumes of one call of softmax_statistics.
#include "loss/softmax_kernel.h"
#include "loss/sums_layout.h"

#include <torch/types.h>

namespace seg {

LogitType logit_type(const torch::Tensor& logits);  // throws Error for other types

// logits: [B, M, D, H, W], contiguous or channels_last_3d; the others contiguous [B, D, H, W];
// contour and weight may be undefined.
struct StatisticsVolumes {
  torch::Tensor logits, labels, contour, weight;

  std::int64_t samples() const { return logits.size(0); }
  std::int64_t classes() const { return logits.size(1); }
  std::int64_t voxels() const {
    return logits.size(2) * logits.size(3) * logits.size(4);
  }  // of one sample
  bool channels_last() const { return !logits.is_contiguous(); }
  std::int64_t class_stride() const { return channels_last() ? 1 : voxels(); }
  std::int64_t voxel_stride() const { return channels_last() ? classes() : 1; }
  const std::uint8_t* contour_data() const {
    return contour.defined() ? contour.data_ptr<std::uint8_t>() : nullptr;
  }
  const float* weight_data() const { return weight.defined() ? weight.data_ptr<float>() : nullptr; }
};

}  // namespace seg
