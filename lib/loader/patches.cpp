#include "loader/patches.h"

#include "core/ignore.h"

#include <torch/types.h>

namespace seg {

std::vector<std::int64_t> slice_starts(std::int64_t slices, std::int64_t depth,
                                       std::int64_t overlap) {
  std::vector<std::int64_t> starts;
  const std::int64_t step = std::max<std::int64_t>(1, depth - overlap);
  for (std::int64_t start = 0;; start += step) {
    starts.push_back(std::max<std::int64_t>(0, std::min(start, slices - depth)));
    if (start + depth >= slices) return starts;
  }
}

Patch cut_patch(const PreparedCase& c, Dhw<std::int64_t> start, const Dhw<std::int64_t>& size) {
  Patch patch{c.image, c.label};
  std::vector<std::int64_t> pads(6);
  bool pad = false;
  for (int d = 0; d < 3; ++d) {
    if (c.size(d) < size[d]) start[d] = -((size[d] - c.size(d)) / 2);
    start[d] -= c.before[d];
    const std::int64_t have = c.image.size(d + 1), last = std::min(have, start[d] + size[d]);
    const std::int64_t from = std::clamp<std::int64_t>(start[d], 0, have),
                       to = std::max(from, last);
    patch.image = patch.image.narrow(d + 1, from, to - from);
    patch.label = patch.label.narrow(d, from, to - from);
    pads[2 * (2 - d)] = std::clamp<std::int64_t>(from - start[d], 0, size[d]);
    pads[2 * (2 - d) + 1] = size[d] - (to - from) - pads[2 * (2 - d)];
    pad = pad || to - from < size[d];
  }
  patch.image = padded_values(c, patch.image, pads);
  if (pad) patch.label = torch::constant_pad_nd(patch.label, pads, kIgnore);
  return patch;
}

torch::Tensor foreground_voxels(const torch::Tensor& label) {
  const torch::Tensor all = ((label > 0) & (label < kIgnore)).nonzero().to(torch::kInt32);
  const std::int64_t step = std::max<std::int64_t>(1, (all.size(0) + 19999) / 20000);
  return all.slice(0, 0, all.size(0), step).contiguous();
}

Patch random_patch(const PreparedCase& c, const torch::Tensor& foreground,
                   const Dhw<std::int64_t>& size, double foreground_share, Random& random) {
  const bool centred = random.chance(foreground_share) && foreground.size(0) > 0;
  Dhw<std::int64_t> start{};
  const torch::Tensor voxel =
      centred ? foreground[random.integer(foreground.size(0))] : torch::Tensor();
  for (int d = 0; d < 3; ++d) {
    const std::int64_t room = std::max<std::int64_t>(0, c.size(d) - size[d]);
    start[d] = centred ? std::clamp<std::int64_t>(
                             c.before[d] + voxel[d].item<std::int64_t>() - size[d] / 2, 0, room)
                       : random.integer(room + 1);
  }
  return cut_patch(c, start, size);
}

}  // namespace seg
