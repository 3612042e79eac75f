#include "inference/labels_on_grid.h"

#include "core/error.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

constexpr double exact = 1e-6;                     // voxels: a target voxel this near is on it
constexpr std::int64_t piece_bytes = 64LL << 20U;  // of interpolated scores at a time

// Linear, but a voxel that lies on a source voxel needs no other.
AxisTaps exact_taps(std::vector<double> positions, std::int64_t size) {
  for (double& p : positions)
    if (std::abs(p - std::round(p)) < exact) p = std::round(p);
  AxisTaps taps = linear_taps(positions, size);
  for (std::size_t i = 0; i < taps.index.size(); i += 2)
    if (taps.weight[i + 1] == 0) taps.index[i + 1] = taps.index[i];
  return taps;
}

// Taps begin .. end - 1, of an input that starts at voxel `first`.
AxisTaps part_of(const AxisTaps& taps, std::int64_t begin, std::int64_t end, std::int64_t first) {
  AxisTaps part{taps.in, end - begin, 2, {}, {}};
  part.index.assign(taps.index.begin() + 2 * begin, taps.index.begin() + 2 * end);
  part.weight.assign(taps.weight.begin() + 2 * begin, taps.weight.begin() + 2 * end);
  for (std::int32_t& i : part.index) i -= static_cast<std::int32_t>(first);
  return part;
}

torch::Tensor along(const torch::Tensor& scores, const AxisTaps& taps, std::int64_t axis) {
  const auto index = torch::tensor(taps.index, torch::kInt32).view({-1, 2}).to(torch::kInt64);
  const auto weight = torch::tensor(taps.weight).view({-1, 2});
  const auto below = index.select(1, 0).contiguous(), above = index.select(1, 1).contiguous();
  std::vector<std::int64_t> shape(4, 1);
  shape[static_cast<std::size_t>(axis)] = taps.out;
  const auto share = weight.select(1, 1).reshape(shape).to(scores.device());
  if (torch::equal(below, above)) return scores.index_select(axis, below.to(scores.device()));
  return torch::lerp(scores.index_select(axis, below.to(scores.device())),
                     scores.index_select(axis, above.to(scores.device())), share);
}

}  // namespace

torch::Tensor interpolate_scores(const torch::Tensor& scores, const AxisTaps& z, const AxisTaps& y,
                                 const AxisTaps& x) {
  return along(along(along(scores.to(torch::kFloat32), z, 0), y, 1), x, 2);
}

LabelsOnGrid::LabelsOnGrid(const Geometry& from, const Geometry& to, int threads)
    : from_(from.size_dhw()),
      to_(to.size_dhw()),
      threads_(threads),
      scores_(from_[1]),
      labels_(torch::zeros({to_[0], to_[1], to_[2]}, torch::kUInt8)) {
  for (int d = 0; d < 3; ++d) {
    const std::vector<double> at = axis_positions(from, to, 2 - d);
    taps_[d] = exact_taps(at, from_[d]);
    const auto last = static_cast<double>(from_[d]) - 0.5;
    reach_.begin[d] = std::lower_bound(at.begin(), at.end(), -0.5 - exact) - at.begin();
    reach_.end[d] = std::upper_bound(at.begin(), at.end(), last + exact) - at.begin();
  }
}

LabelsOnGrid::Range LabelsOnGrid::ready(int axis, std::int64_t first, std::int64_t count) const {
  const AxisTaps& taps = taps_[static_cast<std::size_t>(axis)];
  const auto before = [&](std::int64_t source) {
    std::int64_t begin = 0, end = taps.out;
    while (begin < end) {
      const std::int64_t middle = (begin + end) / 2;
      const bool earlier = taps.index[static_cast<std::size_t>(2 * middle + 1)] < source;
      (earlier ? begin : end) = earlier ? middle + 1 : middle;
    }
    return begin;
  };
  return {before(first), before(first + count)};
}

LabelsOnGrid::Range LabelsOnGrid::inside(int axis, Range range) const {
  const auto d = static_cast<std::size_t>(axis);
  range.begin = std::max(range.begin, reach_.begin[d]);
  range.end = std::max(range.begin, std::min(range.end, reach_.end[d]));
  return range;
}

// Whether a target voxel lies between source voxels edge - 1 and edge.
bool LabelsOnGrid::straddles(int axis, std::int64_t edge) const {
  if (edge >= from_[static_cast<std::size_t>(axis)]) return false;
  const Range range = ready(axis, edge, 1);
  const AxisTaps& taps = taps_[static_cast<std::size_t>(axis)];
  for (std::int64_t i = range.begin; i < range.end; ++i)
    if (taps.index[static_cast<std::size_t>(2 * i)] < edge) return true;
  return false;
}

void LabelsOnGrid::expect(std::int64_t z, std::int64_t y, const torch::Tensor& scores) const {
  const bool fits = scores.dim() == 4 && scores.size(0) > 0 && scores.size(1) > 0 &&
                    z + scores.size(0) <= from_[0] && y + scores.size(1) <= from_[1] &&
                    scores.size(2) == from_[2] && scores.size(3) >= 1 && scores.size(3) <= 256 &&
                    (scores.stride(3) == 1 || scores.size(3) == 1);
  if (!fits || z != next_z_ || y != next_y_ || (y > 0 && scores.size(0) != slab_))
    fail(
        "scores of slice {}, row {} cannot be taken: expected are those of slice {}, row {}, of {}"
        " columns and at most 256 classes; hand them in order",
        z, y, next_z_, next_y_, from_[2]);
}

void LabelsOnGrid::take(std::int64_t z, std::int64_t y, const torch::Tensor& scores) {
  torch::NoGradGuard no_grad;
  expect(z, y, scores);
  const std::int64_t n = scores.size(0), rows = scores.size(1);
  const bool packed = scores.stride(2) == scores.size(3) && scores.stride(3) == 1;
  scores_.begin(z, y, packed ? scores : scores.contiguous());
  const Range tz = ready(0, z, n), ty = ready(1, y, rows);
  take_plain(inside(0, tz), inside(1, ty));
  if (on_scores) hear_scores(tz, ty);
  scores_.keep(straddles(0, z + n), straddles(1, y + rows));
  slab_ = n;
  next_y_ = y + rows;
  if (next_y_ < from_[1]) return;
  next_y_ = 0;
  next_z_ = z + n;
}

// Scores of rows y of target slice z.
torch::Tensor LabelsOnGrid::piece(std::int64_t z, Range y) const {
  const auto at = [](const AxisTaps& taps, std::int64_t i) {
    return taps.index[static_cast<std::size_t>(i)];
  };
  const std::int64_t first = at(taps_[1], 2 * y.begin),
                     count = at(taps_[1], 2 * y.end - 1) - first + 1;
  const std::int64_t below = at(taps_[0], 2 * z), above = at(taps_[0], 2 * z + 1);
  std::vector<torch::Tensor> slices = {scores_.rows(below, first, count)};
  if (above != below) slices.push_back(scores_.rows(above, first, count));
  return interpolate_scores(torch::stack(slices), part_of(taps_[0], z, z + 1, below),
                            part_of(taps_[1], y.begin, y.end, first), taps_[2]);
}

void LabelsOnGrid::take_plain(Range z, Range y) {
  const std::int64_t classes = scores_.classes(),
                     rows = std::max<std::int64_t>(1, piece_bytes / (to_[2] * classes * 4));
  for (std::int64_t i = z.begin; i < z.end; ++i)
    for (std::int64_t j = y.begin; j < y.end; j += rows) {
      const Range part{j, std::min(j + rows, y.end)};
      const torch::Tensor scores = piece(i, part);
      check_finite(scores);
      auto to = labels_[i].narrow(0, j, part.count());
      const std::int64_t x = reach_.begin[2], count = reach_.end[2] - x;
      to.narrow(1, x, count).copy_(scores[0].narrow(1, x, count).argmax(-1));
    }
}

void LabelsOnGrid::hear_scores(Range z, Range y) {
  const std::int64_t classes = scores_.classes(),
                     rows = std::max<std::int64_t>(1, piece_bytes / (to_[2] * classes * 4));
  for (std::int64_t i = z.begin; i < z.end; ++i)
    for (std::int64_t j = y.begin; j < y.end; j += rows) {
      const Range part{j, std::min(j + rows, y.end)};
      on_scores(i, j, piece(i, part));
    }
}

void LabelsOnGrid::check_finite(const torch::Tensor& scores) {
  const torch::Tensor bad = scores.isfinite().all().logical_not();
  not_finite_ = not_finite_.defined() ? not_finite_.logical_or(bad) : bad;
}

torch::Tensor LabelsOnGrid::labels() {
  if (next_z_ != from_[0])
    fail("labels were asked for before the scores of slice {}, row {}, of {} slices were there",
         next_z_, next_y_, from_[0]);
  if (not_finite_.defined() && not_finite_.item<bool>())
    fail(
        "the network's scores are infinite or not a number; use another checkpoint, or "
        "training.precision: float32");
  return labels_.cpu();
}

}  // namespace seg
