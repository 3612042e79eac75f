#include "metric/run_mask.h"

namespace seg {
namespace {

struct RowReach {
  RowStep step;
  int margin;
};

// The rows that one step reaches, and how far along W.
constexpr RowReach kReaches[] = {{{0, 0}, 1},  {{-1, 0}, 1}, {{1, 0}, 1},
                                 {{0, -1}, 1}, {{0, 1}, 1},  {{-1, -1}, 0},
                                 {{-1, 1}, 0}, {{1, -1}, 0}, {{1, 1}, 0}};

// Appends the union of `pieces` of one row.
void append_union(std::vector<Run>& pieces, std::vector<Run>& runs) {
  std::sort(pieces.begin(), pieces.end(),
            [](const Run& x, const Run& y) { return x.begin < y.begin; });
  const std::size_t before = runs.size();
  for (const Run& piece : pieces) {
    if (runs.size() > before && piece.begin <= runs.back().end)
      runs.back().end = std::max(runs.back().end, piece.end);
    else
      runs.push_back(piece);
  }
}

RunMask dilate_once(const RunMask& mask) {
  const auto [depth, height, width] = std::array<std::int64_t, 3>(mask.size());
  std::vector<Run> runs, pieces;
  for (std::int64_t d = 0; d < depth; ++d)
    for (std::int64_t h = 0; h < height; ++h) {
      pieces.clear();
      for (const RowReach& reach : kReaches) {
        const auto [begin, end] = mask.of_row(d + reach.step.d, h + reach.step.h);
        for (std::size_t i = begin; i < end; ++i) {
          const Run& run = mask.runs()[i];
          pieces.push_back({d * height + h, std::max(run.begin - reach.margin, 0),
                            std::min(run.end + reach.margin, static_cast<std::int32_t>(width))});
        }
      }
      append_union(pieces, runs);
    }
  return RunMask(mask.size(), std::move(runs));
}

}  // namespace

RunMask::RunMask(const Dhw<std::int64_t>& size, std::vector<Run> runs)
    : size_(size), runs_(std::move(runs)) {
  first_of_row_.reserve(static_cast<std::size_t>(size[0] * size[1] + 1));
  std::size_t next = 0;
  for (std::int64_t row = 0; row <= size[0] * size[1]; ++row) {
    while (next < runs_.size() && runs_[next].row < row) ++next;
    first_of_row_.push_back(next);
  }
}

std::int64_t RunMask::voxels() const {
  std::int64_t sum = 0;
  for (const Run& run : runs_) sum += run.voxels();
  return sum;
}

std::pair<std::size_t, std::size_t> RunMask::of_row(std::int64_t d, std::int64_t h) const {
  if (d < 0 || d >= size_[0] || h < 0 || h >= size_[1]) return {0, 0};
  const auto row = static_cast<std::size_t>(d * size_[1] + h);
  return {first_of_row_[row], first_of_row_[row + 1]};
}

RunMask dilate(const RunMask& mask, int times) {
  RunMask dilated = mask;
  for (int i = 0; i < times; ++i) dilated = dilate_once(dilated);
  return dilated;
}

}  // namespace seg
