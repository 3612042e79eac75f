#include "image/orientation.h"

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

// Array dimension of axis x, y or z (0, 1, 2) of voxels [..., D, H, W].
std::int64_t dimension_of(const torch::Tensor& voxels, int axis) { return voxels.dim() - 1 - axis; }

torch::Tensor permute_axes(const torch::Tensor& voxels, const std::array<int, 3>& source) {
  std::vector<std::int64_t> order;
  for (std::int64_t d = 0; d < voxels.dim() - 3; ++d) order.push_back(d);
  for (int axis = 2; axis >= 0; --axis) order.push_back(dimension_of(voxels, source[axis]));
  return voxels.permute(order);
}

torch::Tensor flip_axes(const torch::Tensor& voxels, const std::array<bool, 3>& flipped) {
  std::vector<std::int64_t> dimensions;
  for (int axis = 0; axis < 3; ++axis)
    if (flipped[axis]) dimensions.push_back(dimension_of(voxels, axis));
  return dimensions.empty() ? voxels : voxels.flip(dimensions);
}

}  // namespace

Orientation canonical_orientation(const Geometry& g) {
  // Over the six assignments of file axes to patient axes, the one with the largest sum of squared
  // cosines.
  std::array<int, 3> axes = {0, 1, 2}, best = axes;
  double most = -1;
  do {
    double sum = 0;
    for (int a = 0; a < 3; ++a) sum += std::pow(g.direction[a * 3 + axes[a]], 2);
    if (sum > most + 1e-12) {
      most = sum;
      best = axes;
    }
  } while (std::next_permutation(axes.begin(), axes.end()));
  Orientation o{best, {}};
  // ITK's frame is LPS: right and anterior are its negative x and y.
  for (int a = 0; a < 3; ++a) {
    const double towards = (a == 2 ? 1 : -1) * g.direction[a * 3 + best[a]];
    o.flipped[a] = towards < 0;
  }
  return o;
}

Volume reorient(const Volume& volume, const Orientation& o) {
  const Geometry& from = volume.geometry;
  Geometry to;
  to.origin = from.origin;
  for (int a = 0; a < 3; ++a) {
    const int s = o.source[a];
    to.size[a] = from.size[s];
    to.spacing[a] = from.spacing[s];
    for (int r = 0; r < 3; ++r) {
      to.direction[r * 3 + a] = (o.flipped[a] ? -1 : 1) * from.direction[r * 3 + s];
      if (o.flipped[a])
        to.origin[r] +=
            static_cast<double>(from.size[s] - 1) * from.spacing[s] * from.direction[r * 3 + s];
    }
  }
  return {flip_axes(permute_axes(volume.voxels, o.source), o.flipped).contiguous(), to};
}

Geometry reorient(const Geometry& g, const Orientation& orientation) {
  const torch::Tensor no_memory =
      torch::zeros({1}, torch::kUInt8).expand({g.size[2], g.size[1], g.size[0]});
  return reorient(Volume{no_memory, g}, orientation).geometry;
}

torch::Tensor reorient_back(const torch::Tensor& voxels, const Orientation& o) {
  std::array<int, 3> inverse{};
  for (int a = 0; a < 3; ++a) inverse[o.source[a]] = a;
  return permute_axes(flip_axes(voxels, o.flipped), inverse).contiguous();
}

}  // namespace seg
