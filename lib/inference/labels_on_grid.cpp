#include "inference/labels_on_grid.h"

#include "core/error.h"
#include "core/parallel.h"

#include <torch/types.h>

#include <algorithm>
#include <atomic>

namespace seg {
namespace {

constexpr std::int64_t piece_bytes = 64LL << 20U;  // of interpolated scores at a time
constexpr std::int64_t voxels_at_once = 4096;      // a thread's task, in whole rows

[[noreturn]] void fail_not_finite() {
  fail_data(
      "the network's scores for this image are infinite or not a number, so no class is the "
      "largest; look at its values, use another checkpoint, or training.precision: float32");
}

FloatType type_of_scores(const torch::Tensor& scores) {
  return scores.scalar_type() == torch::kFloat32 ? FloatType::float32 : FloatType::float16;
}

// work(i) for rows 0 .. count - 1 of `width` voxels on up to `threads` threads.
template <class Work>
void over_rows_of(std::int64_t count, std::int64_t width, int threads, const Work& work) {
  const std::int64_t rows =
      std::max<std::int64_t>(1, voxels_at_once / std::max<std::int64_t>(1, width));
  parallel_for((count + rows - 1) / rows, threads, [&](std::int64_t task) {
    const std::int64_t end = std::min(count, (task + 1) * rows);
    for (std::int64_t i = task * rows; i < end; ++i) work(i);
  });
}

}  // namespace

LabelsOnGrid::LabelsOnGrid(const Geometry& from, const Geometry& to, int threads)
    : from_(from.size_dhw()),
      to_(to.size_dhw()),
      threads_(threads),
      scores_(from_[1]),
      winners_(from_[1]) {
  for (std::size_t d = 0; d < 3; ++d) {
    const std::vector<double> at = axis_positions(from, to, 2 - static_cast<int>(d));
    taps_[d] = exact_taps(at, from_[d]);
    used_[d].resize(static_cast<std::size_t>(from_[d]));
    for (const std::int32_t source : taps_[d].index) used_[d][static_cast<std::size_t>(source)] = 1;
  }
}

// Of the target's voxels, those whose last source voxel is one of these; they follow each other.
LabelsOnGrid::Range LabelsOnGrid::ready(std::size_t axis, std::int64_t first,
                                        std::int64_t count) const {
  const AxisTaps& taps = taps_[axis];
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

// Whether a target voxel lies between source voxels edge - 1 and edge.
bool LabelsOnGrid::straddled(std::size_t axis, std::int64_t edge) const {
  if (edge >= from_[axis]) return false;
  const Range range = ready(axis, edge, 1);
  const AxisTaps& taps = taps_[axis];
  for (std::int64_t i = range.begin; i < range.end; ++i)
    if (taps.index[static_cast<std::size_t>(2 * i)] < edge) return true;
  return false;
}

void LabelsOnGrid::expect(std::int64_t z, std::int64_t y, const torch::Tensor& scores) const {
  const bool fits =
      scores.dim() == 4 && scores.size(0) > 0 && scores.size(1) > 0 &&
      z + scores.size(0) <= from_[0] && y + scores.size(1) <= from_[1] &&
      scores.size(2) == from_[2] && scores.size(3) >= 1 && scores.size(3) <= 256 &&
      (scores.stride(3) == 1 || scores.size(3) == 1) &&
      (scores.scalar_type() == torch::kFloat32 || scores.scalar_type() == torch::kFloat16);
  const bool alike =
      !labels_.defined() || (scores.size(3) == classes_ && scores.scalar_type() == type_);
  if (!fits || !alike || z != next_z_ || y != next_y_ || (y > 0 && scores.size(0) != slab_))
    fail(
        "scores of slice {}, row {} cannot be taken: float32 or float16 of slice {}, row {}, of {} "
        "columns and at most 256 classes, as before, are expected next",
        z, y, next_z_, next_y_, from_[2]);
}

void LabelsOnGrid::take(std::int64_t z, std::int64_t y, const torch::Tensor& scores) {
  torch::NoGradGuard no_grad;
  expect(z, y, scores);
  const std::int64_t n = scores.size(0), rows = scores.size(1);
  const bool packed = scores.stride(2) == scores.size(3) && scores.stride(3) == 1,
             keep_slice = straddled(0, z + n), keep_rows = straddled(1, y + rows),
             fused = scores.is_cpu() && !plain;
  const Range tz = ready(0, z, n), ty = ready(1, y, rows);
  if (!labels_.defined()) {
    classes_ = scores.size(3);
    type_ = scores.scalar_type();
    labels_ = torch::zeros({to_[0], to_[1], to_[2]}, scores.options().dtype(torch::kUInt8));
    if (!fused)
      device_taps_ = {taps_on(scores.device(), taps_[1]), taps_on(scores.device(), taps_[2])};
  }
  scores_.begin(z, y, packed ? scores : scores.contiguous());
  if (fused) find_winners(z, y, scores_.block());
  (this->*(fused ? &LabelsOnGrid::take_fused : &LabelsOnGrid::take_plain))(tz, ty);
  if (on_scores) hear_scores(tz, ty);
  scores_.keep(keep_slice, keep_rows);
  if (fused) winners_.keep(keep_slice, keep_rows);
  slab_ = n;
  next_y_ = y + rows;
  if (next_y_ < from_[1]) return;
  next_y_ = 0;
  next_z_ = z + n;
}

// Of the rows that target voxels ask for.
void LabelsOnGrid::find_winners(std::int64_t z, std::int64_t y, const torch::Tensor& scores) {
  const std::int64_t rows = scores.size(1), width = scores.size(2), classes = scores.size(3);
  const torch::Tensor winners =
      torch::empty({scores.size(0), rows, width, 1}, scores.options().dtype(torch::kUInt8));
  winners_.begin(z, y, winners);
  auto* out = winners.data_ptr<std::uint8_t>();
  std::atomic<bool> finite{true};
  over_rows_of(scores.size(0) * rows, width, threads_, [&](std::int64_t i) {
    const std::int64_t slice = z + i / rows, row = y + i % rows;
    if (!used_[0][static_cast<std::size_t>(slice)] || !used_[1][static_cast<std::size_t>(row)])
      return;
    if (!best_label_kernels().winners(scores_.pointer(slice, row), type_of_scores(scores), width,
                                      classes, out + i * width))
      finite = false;
  });
  if (!finite) fail_not_finite();
}

RowsAround LabelsOnGrid::around(std::int64_t z, std::int64_t y) const {
  const auto i = 2 * static_cast<std::size_t>(z), j = 2 * static_cast<std::size_t>(y);
  RowsAround rows{type_of_scores(scores_.block()),
                  from_[2],
                  scores_.block().size(3),
                  {},
                  {},
                  taps_[0].weight[i + 1],
                  taps_[1].weight[j + 1]};
  for (std::size_t k = 0; k < 4; ++k) {
    const std::int64_t slice = taps_[0].index[i + k / 2], row = taps_[1].index[j + k % 2];
    rows.scores[k] = scores_.pointer(slice, row);
    rows.winners[k] = static_cast<const std::uint8_t*>(winners_.pointer(slice, row));
  }
  return rows;
}

void LabelsOnGrid::take_fused(Range z, Range y) {
  auto* out = labels_.data_ptr<std::uint8_t>();
  over_rows_of(z.count() * y.count(), to_[2], threads_, [&](std::int64_t i) {
    const std::int64_t slice = z.begin + i / y.count(), row = y.begin + i % y.count();
    thread_local std::vector<std::uint8_t> common;
    common.resize(static_cast<std::size_t>(from_[2]));
    best_label_kernels().labels(around(slice, row), taps_[2], common.data(),
                                out + (slice * to_[1] + row) * to_[2]);
  });
}

// Rows of a target slice whose interpolated scores take no more than piece_bytes.
void LabelsOnGrid::over_pieces(Range z, Range y,
                               const std::function<void(std::int64_t, Range)>& work) const {
  const std::int64_t row_bytes = to_[2] * scores_.block().size(3) * 4,
                     rows = std::max<std::int64_t>(1, piece_bytes / row_bytes);
  for (std::int64_t i = z.begin; i < z.end; ++i)
    for (std::int64_t j = y.begin; j < y.end; j += rows) work(i, {j, std::min(j + rows, y.end)});
}

// Scores [1, rows, W, M] of rows y of target slice z by Torch operations.
torch::Tensor LabelsOnGrid::piece(std::int64_t z, Range y) const {
  const auto at = [&](std::size_t axis, std::int64_t i) {
    return taps_[axis].index[static_cast<std::size_t>(i)];
  };
  const std::int64_t below = at(0, 2 * z), above = at(0, 2 * z + 1), first = at(1, 2 * y.begin),
                     count = at(1, 2 * y.end - 1) - first + 1;
  torch::Tensor scores = scores_.rows(below, first, count).to(torch::kFloat32);
  if (above != below)
    scores = torch::lerp(scores, scores_.rows(above, first, count).to(torch::kFloat32),
                         taps_[0].weight[2 * static_cast<std::size_t>(z) + 1]);
  const DeviceTaps rows = part_of(device_taps_[0], y.begin, y.count(), first);
  return interpolate(interpolate(scores, rows, 0), device_taps_[1], 1).unsqueeze(0);
}

void LabelsOnGrid::take_plain(Range z, Range y) {
  over_pieces(z, y, [&](std::int64_t slice, Range rows) {
    const torch::Tensor scores = piece(slice, rows)[0];
    const torch::Tensor finite = scores.isfinite().all();
    finite_ = finite_.defined() ? finite_.logical_and(finite) : finite;
    labels_[slice].narrow(0, rows.begin, rows.count()).copy_(scores.argmax(-1));
  });
}

void LabelsOnGrid::hear_scores(Range z, Range y) {
  over_pieces(z, y, [&](std::int64_t slice, Range rows) {
    const torch::Tensor& block = scores_.block();
    if (!block.is_cpu() || plain) {
      on_scores(slice, rows.begin, piece(slice, rows));
      return;
    }
    const torch::Tensor out = torch::empty({1, rows.count(), to_[2], block.size(3)},
                                           block.options().dtype(torch::kFloat32));
    auto* data = out.data_ptr<float>();
    over_rows_of(rows.count(), to_[2], threads_, [&](std::int64_t i) {
      best_label_kernels().scores(around(slice, rows.begin + i), taps_[2],
                                  data + i * out.stride(1));
    });
    on_scores(slice, rows.begin, out);
  });
}

torch::Tensor LabelsOnGrid::labels() {
  if (next_z_ != from_[0])
    fail("labels were asked for before the scores of slice {}, row {}, of {} slices were taken",
         next_z_, next_y_, from_[0]);
  if (finite_.defined() && !finite_.item<bool>()) fail_not_finite();
  return labels_.cpu();
}

}  // namespace seg
