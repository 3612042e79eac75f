#pragma once
// A network over a whole volume, window by window; logits averaged with weights where windows
// overlap (MONAI's rule, as the tests check).
//
// Windows go level by level along z and band by band along y. What is kept is one band of windows,
// as deep as a level, and of the level before the slices that the next one adds to, of all rows:
// with an overlap of a half usually half a window's depth of the volume and a band, whatever the
// volume's length. A last level of two windows is up to half a window deeper.
#include "config/training_config.h"
#include "core/axes.h"

#include <torch/types.h>

#include <functional>
#include <optional>
#include <vector>

namespace seg {

// First voxels of the windows along one axis; size >= window. The last window ends flush with the
// axis.
std::vector<std::int64_t> window_starts(std::int64_t size, std::int64_t window, double overlap);

// From one window to the next along an axis, but for the last.
std::int64_t window_step(std::int64_t window, double overlap);

// How many windows there are for a volume D, H, W.
std::int64_t window_count(const Dhw<std::int64_t>& volume, const Dhw<std::int64_t>& window,
                          double overlap);

// Weight by place in the window [D, H, W], float32: uniform, or gaussian with sigma = window / 8
// and a floor of 1e-3.
torch::Tensor window_importance(const Dhw<std::int64_t>& window, Importance kind);

// Scores of voxels z .. z + n - 1, y .. y + rows - 1 and every x of the image.
struct ScoreBlock {
  std::int64_t z = 0, y = 0;
  torch::Tensor scores;  // [n, rows, W, M], last axis contiguous
};

// [B, C, window] -> logits [B, M, window], float32 or bfloat16, any order of memory.
using WindowNetwork = std::function<torch::Tensor(const torch::Tensor&)>;

// Where a sliding window computes and what it keeps.
struct SlidingPlace {
  torch::Device device = torch::kCPU;
  // Of the sums. Nothing: float32, or float16 where the float32 sums would take more than
  // most_bytes. A float16 sum is rounded after each window that adds to it, 8 of them with an
  // overlap of a half but at the end of an axis: about what rounding logits to bfloat16 once costs.
  // It holds logits of a few thousand.
  std::optional<torch::ScalarType> sums = {};
  double most_bytes = 1 << 30;
};

class SlidingWindow {
 public:
  // image: float32 [C, D, H, W] on the CPU; an axis shorter than the window is padded on both
  // sides, as in training, with `padding`, a value for each channel. Windows are cut on
  // place.device, inference.windows of one band at a time. With inference.skip_empty a window that
  // holds nothing but `padding` is given to the network once, and its logits stand for all of them.
  SlidingWindow(const torch::Tensor& image, const std::vector<double>& padding,
                const Dhw<std::int64_t>& window, const InferenceConfig& config,
                WindowNetwork network, const SlidingPlace& place = {});

  // The next averaged logits, slab by slab in z, each slab covering every y in bands in order of y;
  // nothing at the end. Of the type of the sums, on the place's device, theirs until the next call.
  // Throws Error(interrupted) on a stop signal.
  std::optional<ScoreBlock> next();

  std::int64_t windows() const { return windows_; }  // in all
  std::int64_t done() const { return done_; }        // of them, with those that were empty
  std::int64_t empty() const { return empty_; }      // of those, which the network was spared

 private:
  struct Level {  // windows that begin at these slices, worked on together
    std::vector<std::int64_t> starts;
    std::int64_t end = 0;    // the slice after their last one
    std::int64_t final = 0;  // the first slice that a later level adds to
    std::int64_t first() const { return starts.front(); }
  };
  struct Start {
    std::int64_t d, w;
  };
  void lay_out_levels();
  void allocate(const torch::Tensor& logits);
  void enter_rows();
  void add_band();
  void add_batch(const std::vector<Start>& batch);
  void add(const torch::Tensor& logits, const Start& at);
  void leave_band();
  bool holds_padding_alone(const Start& at) const;
  std::int64_t carried_in() const;

  torch::Tensor image_;   // padded to the window, on the CPU
  torch::Tensor placed_;  // the same on the device
  std::vector<double> padding_;
  Dhw<std::int64_t> size_, window_, front_{};  // of the unpadded image; where it begins
  InferenceConfig config_;
  WindowNetwork network_;
  SlidingPlace place_;
  std::vector<Level> levels_;
  std::vector<std::int64_t> starts_h_, starts_w_;
  std::int64_t thickest_ = 0, most_carried_ = 0;  // slices of a level, and kept for the next one
  torch::Tensor weight_;                          // [window]
  // One band, [thickest, window's rows, W, M], and what a level leaves to the next one, [most
  // carried, H, W, M]; the weights that were summed likewise, without M.
  torch::Tensor band_, carried_, band_weight_, carried_weight_;
  torch::Tensor empty_logits_;  // [M, window]
  std::size_t level_ = 0, row_ = 0;
  bool within_band_ = false;  // the block given out last is still to be left
  std::int64_t windows_ = 0, done_ = 0, empty_ = 0;
};

}  // namespace seg
