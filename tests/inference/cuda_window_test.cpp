// A network over a whole volume on the device against the processor.
#include "inference/predictor.h"
#include "inference/sliding_window.h"
#include "models/registry.h"
#include "support/device.h"

#include <torch/torch.h>

namespace seg {
namespace {

Config small_config(const std::string& importance) {
  return config_from({"model.base_channels=2", "training.patch=[32,16,16]",
                      "training.precision=float32", "inference.importance=" + importance});
}

// Random weights whose logits have the mean 0 in every class, so that no class wins everywhere.
std::shared_ptr<Network> network_on(const Config& config, const Compute& compute) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(21);
  const auto network = make_network(config.model, 1, 5, {32, 16, 16});
  const torch::Tensor image = torch::randn({2, 1, 32, 16, 16});
  for (int pass = 0; pass < 10; ++pass) network->forward(image);  // BatchNorm's statistics
  network->eval();
  network->named_parameters()["head.bias"].sub_(network->forward(image).mean({0, 2, 3, 4}));
  to_device(*network, compute);
  return network;
}

// The processor's averaged logits [M, D, H, W].
torch::Tensor logits_here(const torch::Tensor& image, const Config& config) {
  const auto network = network_on(config, {});
  torch::Tensor all = torch::empty({5, image.size(1), image.size(2), image.size(3)});
  SlidingWindow sliding(image, {-0.5}, {32, 16, 16}, config.inference,
                        [&](const torch::Tensor& window) { return network->forward(window); });
  while (const auto block = sliding.next()) {
    const torch::Tensor& s = block->scores;
    all.narrow(1, block->z, s.size(0))
        .narrow(2, block->y, s.size(1))
        .copy_(s.permute({3, 0, 1, 2}));
  }
  return all;
}

}  // namespace

TEST_CASE("A sliding window on a GPU finds the processor's labels", "[inference][cuda]") {
  SEG_DEVICE(device);
  const test::ExactArithmetic exact;
  for (const char* importance : {"gaussian", "uniform"})
    for (const auto& size :
         {std::vector<std::int64_t>{1, 70, 26, 19}, {1, 20, 25, 9}, {1, 32, 16, 16}}) {
      INFO(importance << " " << torch::IntArrayRef(size));
      const Config config = small_config(importance);
      torch::manual_seed(22);
      const torch::Tensor image = torch::randn(size);
      const torch::Tensor logits = logits_here(image, config);
      const auto [largest, places] = logits.topk(2, 0);
      const double rounding = 1e-4 * logits.abs().max().item<double>();
      const torch::Tensor clear = (largest[0] - largest[1]).gt(rounding);
      CHECK(clear.to(torch::kDouble).mean().item<double>() > 0.98);
      for (const bool channels_last : {false, true}) {
        const Compute compute{device, false, channels_last};
        const auto network = network_on(config, compute);
        Predictor predictor({network.get()}, config, {}, compute);
        const torch::Tensor labels = predictor.labels(image, {-0.5});
        CHECK(labels.is_cpu());
        CHECK(labels.sizes() == image.sizes().slice(1));
        CHECK(labels.eq(places[0]).logical_or(clear.logical_not()).all().item<bool>());
      }
      const torch::Tensor wins = places[0].flatten().bincount({}, 5);
      CHECK(wins.max().item<double>() < 0.97 * static_cast<double>(places[0].numel()));
    }
}

}  // namespace seg
