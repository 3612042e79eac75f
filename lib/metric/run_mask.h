#pragma once
// A mask as runs of voxels along W: what is done with it takes the time of its runs, not of the
// volume, however large that is.
#include "core/axes.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace seg {

struct Run {
  std::int64_t row;         // d * H + h
  std::int32_t begin, end;  // voxels w = begin .. end - 1

  std::int64_t voxels() const { return end - begin; }
};

class RunMask {
 public:
  RunMask() = default;
  // runs: in C order, none touches the next in its row.
  explicit RunMask(const Dhw<std::int64_t>& size, std::vector<Run> runs = {});

  const Dhw<std::int64_t>& size() const { return size_; }
  const std::vector<Run>& runs() const { return runs_; }
  std::int64_t voxels() const;

  // Indices of the runs of row (d, h): from .first up to .second; none beyond the volume.
  std::pair<std::size_t, std::size_t> of_row(std::int64_t d, std::int64_t h) const;

  // First voxel (d, h, w) of a run.
  Dhw<std::int64_t> first_voxel(const Run& run) const {
    return {run.row / size_[1], run.row % size_[1], run.begin};
  }

 private:
  Dhw<std::int64_t> size_{};
  std::vector<Run> runs_;
  std::vector<std::size_t> first_of_row_;  // a row more than there are
};

// The voxels within `times` steps of the mask, inside the volume, where a step goes to one of the
// 18 neighbours that share a face or an edge. In voxels, whatever the spacing.
RunMask dilate(const RunMask& mask, int times);

// A row beside another.
struct RowStep {
  int d, h;
};

// Calls visit(i, j, voxels) for run i of `a` in row (d, h) and run j of `b` in the row a step away
// where they overlap, run i made longer by `margin` at both ends, in so many voxels.
template <class Visit>
void each_overlap(const RunMask& a, const RunMask& b, std::int64_t d, std::int64_t h,
                  const RowStep& step, int margin, const Visit& visit) {
  const auto [a_begin, a_end] = a.of_row(d, h);
  auto [next, b_end] = b.of_row(d + step.d, h + step.h);
  for (std::size_t i = a_begin; i < a_end && next < b_end; ++i) {
    const std::int32_t low = a.runs()[i].begin - margin, high = a.runs()[i].end + margin;
    while (next < b_end && b.runs()[next].end <= low) ++next;
    for (std::size_t j = next; j < b_end && b.runs()[j].begin < high; ++j)
      visit(i, j, std::min(high, b.runs()[j].end) - std::max(low, b.runs()[j].begin));
  }
}

// The same for voxels that are in both masks, of one size: all rows, no step.
template <class Visit>
void each_common(const RunMask& a, const RunMask& b, const Visit& visit) {
  for (std::int64_t d = 0; d < a.size()[0]; ++d)
    for (std::int64_t h = 0; h < a.size()[1]; ++h) each_overlap(a, b, d, h, {0, 0}, 0, visit);
}

}  // namespace seg
