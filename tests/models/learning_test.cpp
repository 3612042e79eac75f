// Each network learns one tiny sample by heart.
#include "support/catch.h"
#include "support/small_networks.h"

namespace seg {

TEST_CASE("every network fits one sample within a few steps", "[models]") {
  const auto [name, steps, rate] = GENERATE(table<std::string, int, double>(
      {{"unet", 20, 1e-2}, {"vnet", 6, 3e-3}, {"unetr", 16, 1e-2}, {"deeplabv3", 6, 3e-3}}));
  CAPTURE(name);
  ModelConfig config = test::small_model(name);
  config.dropout = 0;
  torch::manual_seed(7);
  const auto network = make_network(config, 1, 2, {16, 16, 32});
  torch::Tensor label = torch::zeros({1, 16, 16, 32}, torch::kInt64);
  label.slice(1, 4, 12).slice(2, 4, 12).slice(3, 8, 24).fill_(1);  // a bright box in noise
  const torch::Tensor image =
      2 * label.unsqueeze(1).to(torch::kFloat) + 0.5 * torch::randn({1, 1, 16, 16, 32});
  torch::optim::Adam optimiser(network->parameters(), torch::optim::AdamOptions(rate));
  std::vector<double> losses;
  for (int i = 0; i < steps; ++i) {
    optimiser.zero_grad();
    const torch::Tensor loss = torch::nn::functional::cross_entropy(network->forward(image), label);
    loss.backward();
    optimiser.step();
    losses.push_back(loss.item<double>());
  }
  CAPTURE(losses);
  CHECK(losses.back() < 0.5 * losses.front());
}

}  // namespace seg
