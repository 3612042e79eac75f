#include "prep/onehot.h"

#include "core/parallel.h"
#include "prep/axis.h"

#include <torch/types.h>

#include <cmath>

namespace seg {
namespace {

constexpr float tie = 1e-6F;

struct Axes {
  std::array<AxisTaps, 3> linear;  // x, y, z
  std::array<std::vector<std::int32_t>, 3> nearest;
};

void onehot_row(const std::uint8_t* in, const Geometry& from, const Axes& axes, std::int64_t z,
                std::int64_t y, std::uint8_t* out) {
  const auto& [tx, ty, tz] = axes.linear;
  const auto row_of = [&](std::int64_t kz, std::int64_t ky) {
    return in + (kz * from.size[1] + ky) * from.size[0];
  };
  std::array<const std::uint8_t*, 4> rows;
  std::array<float, 4> share;
  for (std::int64_t k = 0; k < 4; ++k) {
    rows[k] = row_of(tz.index[2 * z + k / 2], ty.index[2 * y + k % 2]);
    share[k] = tz.weight[2 * z + k / 2] * ty.weight[2 * y + k % 2];
  }
  const std::uint8_t* near = row_of(axes.nearest[2][z], axes.nearest[1][y]);
  for (std::int64_t x = 0; x < tx.out; ++x) {
    std::array<std::uint8_t, 8> corner;
    int all = 0, common = 255;
    for (int k = 0; k < 8; ++k) {
      corner[k] = rows[k / 2][tx.index[2 * x + k % 2]];
      all |= corner[k];
      common &= corner[k];
    }
    if (all == common) {
      out[x] = corner[0];
      continue;
    }
    std::array<float, 8> weight;
    for (int k = 0; k < 8; ++k) weight[k] = share[k / 2] * tx.weight[2 * x + k % 2];
    out[x] = heaviest_label(corner, weight, near[axes.nearest[0][x]]);
  }
}

}  // namespace

std::uint8_t heaviest_label(const std::array<std::uint8_t, 8>& corner,
                            const std::array<float, 8>& weight, std::uint8_t nearest) {
  std::array<float, 8> share{};
  float most = 0;
  for (int i = 0; i < 8; ++i) {
    for (int k = 0; k < 8; ++k) share[i] += corner[k] == corner[i] ? weight[k] : 0;
    most = std::max(most, share[i]);
  }
  int best = -1;
  for (int i = 0; i < 8; ++i) {
    if (share[i] < most - tie) continue;
    if (corner[i] == nearest) return nearest;
    best = std::max<int>(best, corner[i]);
  }
  return static_cast<std::uint8_t>(best);
}

torch::Tensor resample_onehot(const torch::Tensor& label, const Geometry& from,
                              const Geometry& grid, int threads) {
  Axes axes;
  for (int a = 0; a < 3; ++a) {
    const auto positions = axis_positions(from, grid, a);
    axes.linear[a] = linear_taps(positions, from.size[a]);
    axes.nearest[a] = nearest_indices(positions, from.size[a]);
  }
  torch::Tensor out = torch::empty({grid.size[2], grid.size[1], grid.size[0]}, torch::kUInt8);
  parallel_for(grid.size[2], threads, [&](std::int64_t z) {
    for (std::int64_t y = 0; y < grid.size[1]; ++y)
      onehot_row(label.const_data_ptr<std::uint8_t>(), from, axes, z, y,
                 out.data_ptr<std::uint8_t>() + (z * grid.size[1] + y) * grid.size[0]);
  });
  return out;
}

}  // namespace seg
