#include "training/checks.h"

#include "core/error.h"
#include "loader/augment.h"
#include "loss/loss.h"
#include "models/weights.h"
#include "run/run_network.h"

namespace seg {

void check_determinism(const ModelConfig& model, const Compute& compute) {
  if (compute.deterministic && compute.device.is_cuda() && !row_of(model).deterministic_on_gpu)
    fail_config(
        "training.deterministic: true cannot be had with model.name: {} on a GPU, where Torch adds "
        "up the gradients of its upsampling in any order; set it to false, or train another "
        "network",
        word_of(model.name));
}

void check_training(const Config& config, const Experiment& experiment, const Compute& compute) {
  check_determinism(config.model, compute);
  check(config.loss, experiment.classes());
  const Augmenter checks_itself(config.augmentation, experiment.dataset().labels.classes, 0);
  if (config.augmentation.device == AugmentationDevice::cuda && !compute.device.is_cuda())
    fail_config(
        "augmentation.device: cuda needs a GPU that trains, and the network runs on the CPU; set "
        "it to cpu");
}

void require_trainable(const Config& config, const Experiment& experiment, const Compute& compute,
                       bool continues) {
  const auto network = network_for(config, experiment, compute);
  require_two_deepest_voxels(config.model, dhw_of(config.training.patch));
  if (!continues) load_initial_weights(config.model, *network);
  check_training(config, experiment, compute);
}

}  // namespace seg
