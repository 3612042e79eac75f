#pragma once
// From scores on the prepared grid to labels on the grid of the file, block by block: as if the
// scores of every class were interpolated linearly to it (edge voxels continue outwards) and the
// largest taken, the lowest class among equals, without ever holding them.
//
// Where one class is the largest at all corners of a cell, it is the largest everywhere between
// them; so on a CPU only the cells whose corners differ are interpolated (label_kernel.h). Other
// devices interpolate everything, a bounded piece at a time.
#include "image/geometry.h"
#include "inference/interpolate_scores.h"
#include "inference/kept_rows.h"
#include "inference/label_kernel.h"

#include <torch/types.h>

#include <functional>

namespace seg {

class LabelsOnGrid {
 public:
  // Grids of one direction. threads: 0 for all cores.
  LabelsOnGrid(const Geometry& from, const Geometry& to, int threads = 0);

  // Scores [n, rows, W, M] of voxels z .. z + n - 1, y .. y + rows - 1, every x: float32 or
  // float16, last axis contiguous, M <= 256. They come slab by slab in z, each slab in bands of
  // rows that follow each other and cover every y; how it is cut does not change a label. They need
  // stay for this call only: one slice and one row of each of a slab's slices are kept.
  // Error(data) where a score that is needed is infinite or NaN, since then no class is the
  // largest for a reason; from other devices than the CPU it comes by labels().
  void take(std::int64_t z, std::int64_t y, const torch::Tensor& scores);

  // uint8 [D, H, W] on the CPU. Error(failure) where scores are missing.
  torch::Tensor labels();

  // Where set before the first take: hears the interpolated scores, float32 [n, rows, W, M], of
  // target voxels z .., y .., every x, each once, in pieces of a bounded size; valid for the call.
  std::function<void(std::int64_t z, std::int64_t y, const torch::Tensor& scores)> on_scores;

  // Torch operations on a CPU, too: what the fast way is compared with.
  bool plain = false;

 private:
  // Of the target's voxels along an axis, those whose last source voxel is among some.
  struct Range {
    std::int64_t begin, end;
    std::int64_t count() const { return end - begin; }
  };
  Range ready(std::size_t axis, std::int64_t first, std::int64_t count) const;
  bool straddled(std::size_t axis, std::int64_t edge) const;
  void expect(std::int64_t z, std::int64_t y, const torch::Tensor& scores) const;

  void find_winners(std::int64_t z, std::int64_t y, const torch::Tensor& scores);
  void take_fused(Range z, Range y);
  RowsAround around(std::int64_t z, std::int64_t y) const;
  void take_plain(Range z, Range y);
  torch::Tensor piece(std::int64_t z, Range y) const;
  void hear_scores(Range z, Range y);
  void over_pieces(Range z, Range y, const std::function<void(std::int64_t, Range)>& work) const;

  Dhw<std::int64_t> from_, to_;
  int threads_;
  std::array<AxisTaps, 3> taps_;           // z, y, x
  std::array<std::vector<char>, 3> used_;  // whether a target voxel asks for it
  std::array<DeviceTaps, 2> device_taps_;  // y, x
  std::int64_t next_z_ = 0, next_y_ = 0, slab_ = 0, classes_ = 0;
  torch::ScalarType type_ = torch::kFloat32;
  KeptRows scores_, winners_;  // winners: uint8 [n, rows, W, 1], the largest class of each voxel
  torch::Tensor labels_;       // on the scores' device
  torch::Tensor finite_;       // there: whether all scores were
};

}  // namespace seg
