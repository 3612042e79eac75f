#include "inference/predictor.h"

#include "inference/sliding_window.h"

namespace seg {

torch::Tensor predict(Network& network, const torch::Tensor& image, const Config& config,
                      const Compute& compute) {
  network.eval();
  torch::InferenceMode inference;
  return slide_labels(image.to(compute.device), dhw_of(config.training.patch), config.inference,
                      [&](const torch::Tensor& patch) {
                        const AutocastScope autocast(compute);
                        return network.forward(to_device(patch, compute));
                      });
}

}  // namespace seg
