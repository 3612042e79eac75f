#include "training/weight_average.h"

#include "support/catch.h"

#include <torch/torch.h>

#include <map>

namespace seg {
namespace {

std::shared_ptr<Network> small_network() {
  ModelConfig config;
  config.base_channels = 4;
  return make_network(config, 1, 2, {32, 32, 32});
}

torch::optim::Adam adam(Network& network) {
  return torch::optim::Adam(network.parameters(), torch::optim::AdamOptions(1e-2));
}

void train_step(Network& network, torch::optim::Adam& optimiser, std::uint64_t seed) {
  torch::manual_seed(seed);
  optimiser.zero_grad();
  network.forward(torch::randn({1, 1, 32, 32, 32})).square().mean().backward();
  optimiser.step();
}

}  // namespace

TEST_CASE("the running average of the weights follows its equation", "[training]") {
  const auto network = small_network(), copy = small_network();
  auto optimiser = adam(*network);
  WeightAverage average(copy, *network, 0.6);
  std::map<std::string, torch::Tensor> plain;  // in double
  const auto all = [](Network& n) {
    auto tensors = n.named_parameters();
    for (const auto& b : n.named_buffers()) tensors.insert(b.key(), b.value());
    return tensors;
  };
  for (const auto& item : all(*network))
    plain[item.key()] = item.value().detach().to(torch::kFloat64).clone();
  for (std::int64_t step = 1; step <= 20; ++step) {
    train_step(*network, optimiser, static_cast<std::uint64_t>(step));
    average.update(*network, step);
    const double d = std::min(0.6, static_cast<double>(1 + step) / static_cast<double>(10 + step));
    for (const auto& item : all(*network)) {
      const torch::Tensor now = item.value().detach().to(torch::kFloat64);
      plain[item.key()] =
          item.value().is_floating_point() ? d * plain[item.key()] + (1 - d) * now : now;
    }
  }
  for (const auto& item : all(average.network()))
    CHECK(
        torch::allclose(item.value().detach().to(torch::kFloat64), plain[item.key()], 1e-4, 1e-6));
}

}  // namespace seg
