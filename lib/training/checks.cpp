#include "training/checks.h"

#include "core/error.h"
#include "loader/augment.h"
#include "loss/loss.h"
#include "models/weights.h"
#include "run/run_network.h"

namespace seg {
namespace {

// BatchNorm cannot train on one value per channel: the deepest map needs two voxels (an
// epoch's last batch may be one sample). UNETR has no BatchNorm.
void require_two_deepest_voxels(const Config& config, std::int64_t multiple) {
  const auto& p = config.training.patch;
  if (config.model.name == "unetr" || p[0] * p[1] * p[2] > multiple * multiple * multiple) return;
  fail_config(
      "training.patch is [{}, {}, {}], which leaves {} one voxel at its deepest level, too few for "
      "BatchNorm: double a size",
      p[0], p[1], p[2], config.model.name);
}

}  // namespace

void check_determinism(const ModelConfig& model, const Compute& compute) {
  if (compute.deterministic && compute.device.is_cuda() && model.name == "deeplabv3")
    fail_config(
        "training.deterministic: true cannot be had with model.name: deeplabv3 on a GPU, where "
        "Torch adds up the gradients of its upsampling in any order; set it to false, or train "
        "another network");
}

void check_training(const Config& config, const Experiment& experiment, const Compute& compute) {
  check_determinism(config.model, compute);
  check(config.loss, experiment.classes());
  const Augmenter checks_itself(config.augmentation, experiment.dataset().labels.classes, 0);
  if (config.augmentation.device == "cuda" && !compute.device.is_cuda())
    fail_config(
        "augmentation.device: cuda needs a GPU that trains, and the network runs on the CPU; set "
        "it to cpu");
}

void require_trainable(const Config& config, const Experiment& experiment, const Compute& compute,
                       bool continues) {
  const auto network = network_for(config, experiment, compute);
  require_two_deepest_voxels(config, network->size_multiple());
  if (!continues) load_initial_weights(config.model, *network);
  check_training(config, experiment, compute);
}

}  // namespace seg
