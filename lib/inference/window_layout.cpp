// Where windows lie and what a voxel in one weighs.
#include "inference/sliding_window.h"

#include <torch/types.h>

namespace seg {
namespace {

torch::Tensor axis_gaussian(std::int64_t window) {
  const double sigma = 0.125 * static_cast<double>(window);
  const auto t = torch::arange(window, torch::kFloat64) - (static_cast<double>(window) - 1) / 2;
  return torch::exp(-(t * t) / (2 * sigma * sigma));
}

}  // namespace

std::int64_t window_step(std::int64_t window, double overlap) {
  const double step = static_cast<double>(window) * (1 - overlap);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(step));
}

std::vector<std::int64_t> window_starts(std::int64_t size, std::int64_t window, double overlap) {
  const std::int64_t step = window_step(window, overlap);
  std::vector<std::int64_t> starts;
  for (std::int64_t start = 0;; start += step) {
    starts.push_back(std::min(start, size - window));
    if (start + window >= size) return starts;
  }
}

std::int64_t window_count(const Dhw<std::int64_t>& volume, const Dhw<std::int64_t>& window,
                          double overlap) {
  std::int64_t count = 1;
  for (std::size_t d = 0; d < 3; ++d) {
    const std::int64_t size = std::max(volume[d], window[d]);
    count *= static_cast<std::int64_t>(window_starts(size, window[d], overlap).size());
  }
  return count;
}

torch::Tensor window_importance(const Dhw<std::int64_t>& window, Importance kind) {
  if (kind == Importance::uniform) return torch::ones({window[0], window[1], window[2]});
  const auto weight = axis_gaussian(window[0]).view({-1, 1, 1}) *
                      axis_gaussian(window[1]).view({1, -1, 1}) *
                      axis_gaussian(window[2]).view({1, 1, -1});
  const double floor = std::max(weight.min().item<double>(), 1e-3);
  return weight.clamp_min(floor).to(torch::kFloat32);
}

}  // namespace seg
