#include "inference/predictor.h"

#include "inference/sliding_window.h"

namespace seg {

torch::Tensor predict(Network& network, const torch::Tensor& image,
                      const std::vector<double>& padding, const Config& config,
                      const Compute& compute, const std::function<void(double)>& on_share) {
  network.eval();
  torch::InferenceMode inference;
  const Dhw<std::int64_t> window = dhw_of(config.training.patch),
                          size = {image.size(1), image.size(2), image.size(3)};
  const auto windows = static_cast<double>(window_count(size, window, config.inference.overlap));
  double done = 0;
  return slide_labels(image.to(compute.device), padding, window, config.inference,
                      [&](const torch::Tensor& patch) {
                        const AutocastScope autocast(compute);
                        const torch::Tensor logits = network.forward(to_device(patch, compute));
                        if (on_share) on_share(++done / windows);
                        return logits;
                      });
}

}  // namespace seg
