#pragma once
// Labels of a whole prepared image, by one network or the mean of several, on the prepared grid or
// on the file's.
#include "inference/compute.h"
#include "inference/labels_on_grid.h"
#include "inference/sliding_window.h"
#include "models/network.h"

#include <functional>
#include <string>
#include <vector>

namespace seg {

// How far, how long, and what else is wanted.
struct PredictionHooks {
  std::function<void(double)> on_share = {};  // after each window: from 0 to 1
  // Probabilities float32 [n, rows, W, M] of voxels z .., y .. and every x of the target grid.
  std::function<void(std::int64_t z, std::int64_t y, const torch::Tensor& probabilities)>
      on_probabilities = {};
};

// By the host's clock. On a GPU the network's time shows where the host waits for it.
struct PredictionSeconds {
  double network = 0, blending = 0, way_back = 0;
  std::int64_t windows = 0, empty = 0;  // in all; spared the network (inference.skip_empty)
};

class Predictor {
 public:
  // networks: at least one, each with the same channels and classes; left in evaluation mode.
  // Sliding window of training.patch, by the section inference. classes: names by class index, for
  // augmentation.swap_labels where inference.flip mirrors.
  Predictor(std::vector<Network*> networks, const Config& config,
            const std::vector<std::string>& classes, const Compute& compute);

  // uint8 [D, H, W] class indices, on the CPU, on the grid `to`: as if the scores of all classes
  // were resampled to it (labels_on_grid.h). Scores are the averaged logits of one network, or of
  // several the mean of their softmax. image: float32 [C, D, H, W] on `from`. padding: of each
  // channel, the value beyond the border (the case's lowest_values, as in training).
  torch::Tensor labels(const torch::Tensor& image, const std::vector<double>& padding,
                       const Geometry& from, const Geometry& to, const PredictionHooks& hooks = {});

  // The same on the image's own grid.
  torch::Tensor labels(const torch::Tensor& image, const std::vector<double>& padding,
                       const PredictionHooks& hooks = {});

  // Of the last call.
  const PredictionSeconds& seconds() const { return seconds_; }

 private:
  WindowNetwork window_network(Network& network);

  std::vector<Network*> networks_;
  Config config_;
  std::vector<std::uint8_t> exchange_;
  Compute compute_;
  PredictionSeconds seconds_;
};

}  // namespace seg
