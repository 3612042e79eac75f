#pragma once
// Masks voxel by voxel, beside those of runs.
#include "metric/run_mask.h"

#include <torch/types.h>

namespace seg::test {

inline RunMask runs_of(const torch::Tensor& mask) {
  std::vector<Run> runs;
  for (std::int64_t d = 0; d < mask.size(0); ++d)
    for (std::int64_t h = 0; h < mask.size(1); ++h)
      for (std::int32_t w = 0; w < mask.size(2); ++w) {
        if (mask[d][h][w].item<int>() == 0) continue;
        const std::int64_t row = d * mask.size(1) + h;
        if (!runs.empty() && runs.back().row == row && runs.back().end == w)
          ++runs.back().end;
        else
          runs.push_back({row, w, w + 1});
      }
  return RunMask({mask.size(0), mask.size(1), mask.size(2)}, runs);
}

// `value_of_run` of each run at its voxels, -1 elsewhere. int32.
inline torch::Tensor dense_of(const RunMask& mask, const std::vector<std::int32_t>& value_of_run) {
  const Dhw<std::int64_t>& size = mask.size();
  torch::Tensor dense = torch::full({size[0], size[1], size[2]}, -1, torch::kInt32);
  for (std::size_t i = 0; i < mask.runs().size(); ++i) {
    const Run& run = mask.runs()[i];
    dense.view({-1, size[2]})[run.row].slice(0, run.begin, run.end).fill_(value_of_run[i]);
  }
  return dense;
}

inline torch::Tensor dense_of(const RunMask& mask) {
  return dense_of(mask, std::vector<std::int32_t>(mask.runs().size(), 0)) + 1;
}

}  // namespace seg::test
