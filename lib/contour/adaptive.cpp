#include "contour/adaptive.h"
#include "contour/label_window.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>

namespace seg {
namespace {

constexpr std::int16_t kBeyond = std::numeric_limits<std::int16_t>::max();

// Beyond this distance n_j is n whatever the distance: beta m + 1/2 >= n.
std::int64_t largest_useful(const ContourConfig& config, std::int64_t size) {
  if (config.beta <= 0) return config.iterations;
  const double enough = std::ceil((static_cast<double>(config.iterations) - 0.5) / config.beta);
  return static_cast<std::int64_t>(std::min(enough, static_cast<double>(size)));
}

// Adds 1 to the distance of every voxel of the classes that no other label is near; returns whether
// there is one.
bool add_where_beyond(torch::Tensor& distance, const torch::Tensor& within) {
  std::int16_t* d = distance.data_ptr<std::int16_t>();
  const std::uint8_t* near = within.const_data_ptr<std::uint8_t>();
  std::atomic<bool> any = false;
  at::parallel_for(0, distance.numel(), 1 << 16, [&](std::int64_t begin, std::int64_t end) {
    int found = 0;
    for (std::int64_t v = begin; v < end; ++v) {
      const int beyond = (d[v] > 0) & (near[v] == 0);
      d[v] = static_cast<std::int16_t>(d[v] + beyond);
      found |= beyond;
    }
    if (found) any = true;
  });
  return any;
}

// int16 [1, D, H, W]: the chessboard distance to another label; kBeyond where it is larger than
// `limit`, 0 outside the classes.
torch::Tensor chessboard(const torch::Tensor& labels, std::uint8_t first, std::uint8_t last,
                         bool zero_border, std::int64_t limit) {
  torch::Tensor distance = labels.ge(first).logical_and_(labels.lt(last)).to(torch::kInt16);
  for (std::int64_t r = 1; r <= limit; ++r) {
    const Reach reach{r, r};
    torch::Tensor within = window_differs(labels, reach, first, last);
    if (zero_border) mark_border(within, labels, reach, first, last);
    if (!add_where_beyond(distance, within)) return distance;
  }
  return distance.masked_fill_(distance.gt(limit), kBeyond);
}

// n_j of every label; a class that never ends before the limit gets n.
std::array<std::int64_t, 256> thickness(const torch::Tensor& labels, const torch::Tensor& distance,
                                        const ContourConfig& config) {
  std::array<std::int64_t, 256> n{};
  const std::uint8_t* y = labels.data_ptr<std::uint8_t>();
  const std::int16_t* d = distance.data_ptr<std::int16_t>();
  for (std::int64_t v = 0; v < labels.numel(); ++v) n[y[v]] = std::max<std::int64_t>(n[y[v]], d[v]);
  for (auto& value : n) {
    const auto wished =
        static_cast<std::int64_t>(std::floor(config.beta * static_cast<double>(value) + 0.5));
    value = std::clamp<std::int64_t>(wished, 1, config.iterations);
  }
  return n;
}

torch::Tensor sample_contour(const torch::Tensor& labels, std::uint8_t first, std::uint8_t last,
                             const ContourConfig& config) {
  const std::int64_t size = std::max({labels.size(1), labels.size(2), labels.size(3)});
  const torch::Tensor distance = chessboard(
      labels, first, last, config.border == ContourBorder::zero, largest_useful(config, size));
  const auto n = thickness(labels, distance, config);
  torch::Tensor contour = torch::empty_like(labels);
  const std::uint8_t* y = labels.data_ptr<std::uint8_t>();
  const std::int16_t* d = distance.data_ptr<std::int16_t>();
  std::uint8_t* c = contour.data_ptr<std::uint8_t>();
  for (std::int64_t v = 0; v < labels.numel(); ++v) c[v] = d[v] > 0 && d[v] <= n[y[v]];
  return contour;
}

}  // namespace

torch::Tensor adaptive_contour_map(const torch::Tensor& labels, std::int64_t classes,
                                   const ContourConfig& config) {
  const std::uint8_t first = config.first_class(), last = static_cast<std::uint8_t>(classes);
  torch::Tensor out = torch::empty_like(labels);
  for (std::int64_t b = 0; b < labels.size(0); ++b)
    out.narrow(0, b, 1).copy_(sample_contour(labels.narrow(0, b, 1), first, last, config));
  return out;
}

}  // namespace seg
