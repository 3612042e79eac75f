// Checkpointing on the device, where dropout draws from the GPU's generator.
#include "models/registry.h"
#include "support/device.h"

#include <torch/torch.h>

#include <ATen/autocast_mode.h>

namespace seg {
namespace {

struct GpuPass {
  torch::Tensor output, next_random;
  std::vector<std::string> names;
  std::vector<torch::Tensor> gradients, buffers;
};

// A step of V-Net, which drops whole channels at six places, under the device's autocast to
// bfloat16 or not.
GpuPass pass(const torch::Device& device, bool checkpointing, bool bfloat16, std::uint64_t seed) {
  ModelConfig config;
  config.name = NetworkName::vnet;
  config.checkpointing = checkpointing;
  torch::manual_seed(1);
  const auto network = make_network(config, 1, 3, {32, 16, 16});
  network->to(device);
  const torch::Tensor image = torch::randn({2, 1, 32, 16, 16}).to(device);
  torch::manual_seed(seed);
  at::autocast::set_autocast_dtype(device.type(), at::kBFloat16);
  at::autocast::set_autocast_enabled(device.type(), bfloat16);
  GpuPass p;
  p.output = network->forward(image);
  at::autocast::set_autocast_enabled(device.type(), false);
  at::autocast::clear_cache();
  p.output.to(torch::kFloat).square().mean().backward();
  for (const auto& item : network->named_parameters()) {
    p.names.push_back(item.key());
    p.gradients.push_back(item.value().grad());
  }
  for (const torch::Tensor& buffer : network->buffers()) p.buffers.push_back(buffer);
  p.next_random = torch::rand({4}, device);
  return p;
}

}  // namespace

TEST_CASE("Checkpointing on a GPU changes no output, gradient or random number", "[models][cuda]") {
  SEG_DEVICE(device);
  const test::ExactArithmetic exact;
  for (const bool bfloat16 : {false, true}) {
    INFO((bfloat16 ? "bfloat16" : "float32"));
    const GpuPass plain = pass(device, false, bfloat16, 2), saved = pass(device, true, bfloat16, 2);
    CHECK(plain.output.equal(saved.output));
    CHECK(plain.next_random.equal(saved.next_random));
    for (std::size_t i = 0; i < plain.buffers.size(); ++i)
      CHECK(plain.buffers[i].equal(saved.buffers[i]));
    CHECK_FALSE(plain.output.equal(pass(device, true, bfloat16, 3).output));  // dropout is on

    double floor = 0;  // biases before a BatchNorm have the gradient 0 but for rounding
    for (const torch::Tensor& g : plain.gradients)
      floor = std::max(floor, 1e-3 * g.abs().max().item<double>());
    const double tolerance =
        bfloat16 ? 0.05 : 1e-4;  // sums over the uses of a tensor come in another order
    for (std::size_t i = 0; i < plain.gradients.size(); ++i) {
      INFO(plain.names[i]);
      REQUIRE(saved.gradients[i].defined());
      const torch::Tensor &a = plain.gradients[i], &b = saved.gradients[i];
      CHECK((a - b).abs().max().item<double>() <=
            tolerance * (a.abs().max().item<double>() + floor));
    }
  }
}

}  // namespace seg
