#pragma once
// Pairs of grids, scores whose labels are blobs, and a plain loop in double from one to the other.
#include "image/geometry.h"

#include <torch/torch.h>

#include <cmath>
#include <string>
#include <vector>

namespace seg::test {

struct Grids {
  std::string name;
  Geometry from, to;
};

inline Geometry grid_of(const Xyz<std::int64_t>& size, const Xyz<double>& spacing,
                        const Xyz<double>& origin) {
  Geometry g;
  g.size = size;
  g.spacing = spacing;
  g.origin = origin;
  return g;
}

// Equal, finer, coarser, flat, one voxel, beyond, elsewhere, shifted.
inline std::vector<Grids> pairs_of_grids() {
  const Geometry source = grid_of({11, 9, 12}, {1, 1, 1}, {3, -4, 5});
  const Geometry flat = grid_of({9, 1, 7}, {1, 1, 1}, {0, 0, 0});
  const Geometry one = grid_of({1, 1, 1}, {1, 1, 1}, {0, 0, 0});
  return {{"equal", source, source},
          {"a crop", source, grid_of({7, 6, 5}, {1, 1, 1}, {4, -3, 7})},
          {"as a file", source, grid_of({15, 12, 3}, {0.7, 0.7, 5}, {3.1, -3.8, 5.5})},
          {"0.8 mm", source, grid_of({13, 11, 15}, {0.8, 0.8, 0.8}, {3, -4, 5})},
          {"0.2 mm", source, grid_of({26, 22, 27}, {0.2, 0.2, 0.2}, {3.05, -3.9, 5})},
          {"10 mm", grid_of({31, 25, 40}, {1, 1, 1}, {0, 0, 0}),
           grid_of({3, 3, 4}, {10, 10, 10}, {4.5, 2, 3})},
          {"beyond", source, grid_of({20, 25, 18}, {0.9, 0.8, 1.1}, {-3, -10, -1})},
          {"elsewhere", source, grid_of({4, 4, 4}, {1, 1, 1}, {100, 0, 0})},
          {"flat to deep", flat, grid_of({12, 5, 9}, {0.6, 0.2, 0.8}, {0, -0.4, 0})},
          {"deep to flat", source, grid_of({12, 1, 9}, {0.6, 7, 0.8}, {3, -1.3, 5.2})},
          {"one voxel", one, grid_of({4, 4, 4}, {0.5, 0.5, 0.5}, {-1, -1, -1})},
          {"to one voxel", source, grid_of({1, 1, 1}, {30, 30, 30}, {8.3, -0.4, 9.9})}};
}

// Noise of a low resolution, so that labels are blobs.
inline torch::Tensor smooth_scores(const Geometry& g, std::int64_t classes, int seed = 1,
                                   double coarse = 3) {
  torch::manual_seed(seed);
  const Dhw<std::int64_t> size = g.size_dhw();
  std::vector<std::int64_t> small;
  for (const std::int64_t n : size)
    small.push_back(std::max<std::int64_t>(1, std::lround(static_cast<double>(n) / coarse)));
  const auto noise = torch::randn({1, classes, small[0], small[1], small[2]});
  return torch::upsample_trilinear3d(noise, {size[0], size[1], size[2]}, false)[0]
      .permute({1, 2, 3, 0})
      .contiguous();
}

// The interpolated scores of every class in double, voxel by voxel: [D, H, W, M].
struct Corner {
  std::int64_t below, above;
  double share;
};

inline Corner naive_corner(const Geometry& from, const Geometry& to, int axis, std::int64_t i) {
  const double p =
      (to.origin[axis] + static_cast<double>(i) * to.spacing[axis] - from.origin[axis]) /
      from.spacing[axis];
  const auto last = static_cast<double>(from.size[axis] - 1);
  const double inside = std::min(std::max(p, 0.0), last);
  const auto below = static_cast<std::int64_t>(inside);
  return {below, std::min(below + 1, from.size[axis] - 1), inside - static_cast<double>(below)};
}

inline torch::Tensor naive(const torch::Tensor& scores, const Geometry& from, const Geometry& to) {
  const Dhw<std::int64_t> n = to.size_dhw();
  const std::int64_t classes = scores.size(3);
  const auto in = scores.to(torch::kDouble).contiguous();
  const auto s = in.accessor<double, 4>();
  const torch::Tensor out = torch::empty({n[0], n[1], n[2], classes}, torch::kDouble);
  auto to_scores = out.accessor<double, 4>();
  for (std::int64_t z = 0; z < n[0]; ++z)
    for (std::int64_t y = 0; y < n[1]; ++y)
      for (std::int64_t x = 0; x < n[2]; ++x) {
        const Corner a = naive_corner(from, to, 2, z), b = naive_corner(from, to, 1, y),
                     c = naive_corner(from, to, 0, x);
        for (std::int64_t m = 0; m < classes; ++m) {
          double sum = 0;
          for (int k = 0; k < 8; ++k)
            sum += (k & 4 ? a.share : 1 - a.share) * (k & 2 ? b.share : 1 - b.share) *
                   (k & 1 ? c.share : 1 - c.share) *
                   s[k & 4 ? a.above : a.below][k & 2 ? b.above : b.below]
                    [k & 1 ? c.above : c.below][m];
          to_scores[z][y][x][m] = sum;
        }
      }
  return out;
}

// Where the two largest scores lie further apart than 1e-5 of the larger.
inline torch::Tensor clear_of(const torch::Tensor& scores) {
  if (scores.size(3) == 1) return torch::ones(scores.sizes().slice(0, 3), torch::kBool);
  const auto top = std::get<0>(scores.topk(2, 3));
  return (top.select(3, 0) - top.select(3, 1)).gt(1e-5 * top.abs().amax(3));
}

}  // namespace seg::test
