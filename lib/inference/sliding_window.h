#pragma once
// A network over a whole volume, window by window; logits averaged with weights where windows
// overlap (MONAI's rule, as the tests check).
#include "config/training_config.h"
#include "core/axes.h"

#include <torch/types.h>

#include <functional>
#include <vector>

namespace seg {

// First voxels of the windows along one axis; size >= window. The last window ends flush with the
// axis.
std::vector<std::int64_t> window_starts(std::int64_t size, std::int64_t window, double overlap);

// How many windows slide() gives to the network for a volume D, H, W.
std::int64_t window_count(const Dhw<std::int64_t>& volume, const Dhw<std::int64_t>& window,
                          double overlap);

// Weight by place in the window [D, H, W], float32: uniform, or gaussian with sigma = window / 8
// and a floor of 1e-3.
torch::Tensor window_importance(const Dhw<std::int64_t>& window, Importance kind);

// image: float32 [C, D, H, W]; an axis shorter than the window is padded on both sides, as in
// training, with `padding`, a value for each channel.
// Windows are cut where it lies: best on the network's device. predict: [1, C, window] (a view of
// the image) -> logits [1, M, window], on any device. emit: called in order of z with averaged
// logits [M, n, H, W] of slices z .. z + n - 1, float32, where and in the order of memory in which
// predict gave them; they are there for that call only. Memory: one window's depth of logits,
// whatever the volume's.
void slide(const torch::Tensor& image, const std::vector<double>& padding,
           const Dhw<std::int64_t>& window, const InferenceConfig& config,
           const std::function<torch::Tensor(const torch::Tensor&)>& predict,
           const std::function<void(std::int64_t z, const torch::Tensor& logits)>& emit);

// The label map uint8 [D, H, W], on the CPU, of the largest averaged logit.
torch::Tensor slide_labels(const torch::Tensor& image, const std::vector<double>& padding,
                           const Dhw<std::int64_t>& window, const InferenceConfig& config,
                           const std::function<torch::Tensor(const torch::Tensor&)>& predict);

}  // namespace seg
