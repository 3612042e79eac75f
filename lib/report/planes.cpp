#include "report/planes.h"

#include "core/ignore.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace seg {
namespace {

// Voxels of a mask [D, H, W] in each slice across `axis`.
std::vector<std::int64_t> per_slice(const torch::Tensor& mask, std::int64_t axis) {
  const std::int64_t one = axis == 0 ? 1 : 0, other = axis == 2 ? 1 : 2;
  const torch::Tensor sums = mask.sum({one, other}, false, torch::kInt64).contiguous();
  return {sums.data_ptr<std::int64_t>(), sums.data_ptr<std::int64_t>() + sums.numel()};
}

torch::Tensor is_class(const torch::Tensor& label) { return (label > 0) & (label < kIgnore); }

}  // namespace

torch::Tensor slice_of(const torch::Tensor& volume, const Plane& plane, std::int64_t index) {
  return volume.select(plane.axis, index).flip({0, 1}).contiguous();
}

std::array<double, 2> pixel_size(const Dhw<double>& spacing, const Plane& plane) {
  return {plane.axis == 0 ? spacing[1] : spacing[0], plane.axis == 2 ? spacing[1] : spacing[2]};
}

std::array<ChosenSlice, 3> slices_of_largest_error(const torch::Tensor& truth,
                                                   const torch::Tensor& prediction) {
  const torch::Tensor counted = truth != kIgnore;
  const torch::Tensor wrong = (truth != prediction) & counted;
  const torch::Tensor labelled = (is_class(truth) | is_class(prediction)) & counted;
  std::array<ChosenSlice, 3> chosen;
  for (const Plane& plane : kPlanes) {
    const std::vector<std::int64_t> errors = per_slice(wrong, plane.axis),
                                    voxels = per_slice(labelled, plane.axis);
    std::size_t best = errors.size() / 2;
    std::pair<std::int64_t, std::int64_t> most = {0, 0};
    for (std::size_t i = 0; i < errors.size(); ++i)
      if (const std::pair here(errors[i], voxels[i]); here > most) {
        best = i;
        most = here;
      }
    chosen[static_cast<std::size_t>(plane.axis)] = {static_cast<std::int64_t>(best), most.first};
  }
  return chosen;
}

}  // namespace seg
