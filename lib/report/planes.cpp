#include "report/planes.h"

#include "core/ignore.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace seg {
namespace {

// Voxels of a mask [D, H, W] in the slices across each axis. Torch's sum would make a copy of eight
// bytes a voxel.
std::array<std::vector<std::int64_t>, 3> per_slice(const torch::Tensor& mask) {
  const torch::Tensor rows = mask.contiguous();
  const bool* m = rows.const_data_ptr<bool>();
  std::array<std::vector<std::int64_t>, 3> counts;
  for (std::size_t a = 0; a < 3; ++a)
    counts[a].resize(static_cast<std::size_t>(rows.size(static_cast<std::int64_t>(a))));
  for (std::int64_t& in_z : counts[0])
    for (std::int64_t& in_y : counts[1])
      for (std::int64_t& in_x : counts[2]) {
        const std::int64_t one = *m++ ? 1 : 0;
        in_z += one;
        in_y += one;
        in_x += one;
      }
  return counts;
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
  const auto wrong_in = per_slice(wrong), labelled_in = per_slice(labelled);
  std::array<ChosenSlice, 3> chosen;
  for (const Plane& plane : kPlanes) {
    const auto axis = static_cast<std::size_t>(plane.axis);
    const std::vector<std::int64_t>&errors = wrong_in[axis], &voxels = labelled_in[axis];
    std::size_t best = errors.size() / 2;
    std::pair<std::int64_t, std::int64_t> most = {0, 0};
    for (std::size_t i = 0; i < errors.size(); ++i)
      if (const std::pair here(errors[i], voxels[i]); here > most) {
        best = i;
        most = here;
      }
    chosen[axis] = {static_cast<std::int64_t>(best), most.first};
  }
  return chosen;
}

}  // namespace seg
