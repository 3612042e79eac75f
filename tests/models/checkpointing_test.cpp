// Checkpointing changes memory alone: output, gradients, running statistics, the random stream.
#include "models/checkpointing.h"

#include "support/autocast.h"
#include "support/create_graph.h"
#include "support/oracle_networks.h"
#include "support/small_networks.h"

namespace seg {
namespace {

struct Pass {
  torch::Tensor output, image_gradient, next_random;
  NamedTensors gradients, state;
};

// Two passes, so that running statistics move twice, the second with gradients.
Pass pass(const std::string& name, bool checkpointing, bool bfloat16) {
  ModelConfig config = test::small_model(name);
  config.checkpointing = checkpointing;
  torch::manual_seed(1);
  const auto network = make_network(config, 1, 3, {32, 16, 16});
  const torch::ScalarType type = bfloat16 ? torch::kFloat32 : torch::kFloat64;
  network->to(type);
  const std::int64_t batch = name == "vnet" ? 1 : 2;  // V-Net's 5x5x5 filters take their time
  const torch::Tensor image = torch::randn({batch, 1, 32, 16, 16}, type).requires_grad_();
  network->forward(image.detach()).sum().backward();
  network->zero_grad();
  Pass p;
  {
    std::optional<test::Autocast> autocast;
    if (bfloat16) autocast.emplace();
    p.output = network->forward(image);
  }
  p.output.to(torch::kFloat).square().mean().backward();
  p.image_gradient = image.grad();
  for (const auto& item : network->named_parameters())
    p.gradients.emplace_back(item.key(), item.value().grad());
  for (const auto& item : network->named_buffers()) p.state.emplace_back(item.key(), item.value());
  p.next_random = torch::rand({4});
  return p;
}

// A tensor that several layers use gets the sum of their gradients, in another order with
// checkpointing: equal but for rounding. Biases before a BatchNorm have the gradient 0 but for
// rounding; `floor` is what counts as that.
void check_gradient(const std::string& name, const torch::Tensor& a, const torch::Tensor& b,
                    double tolerance, double floor) {
  INFO(name);
  REQUIRE(a.defined() == b.defined());
  if (a.defined())
    CHECK((a - b).abs().max().item<double>() <= tolerance * (a.abs().max().item<double>() + floor));
}

void check_checkpointing(const std::string& name, bool bfloat16) {
  INFO(name << (bfloat16 ? " bfloat16" : " float64"));
  const Pass plain = pass(name, false, bfloat16), saved = pass(name, true, bfloat16);
  CHECK(torch::equal(plain.output, saved.output));
  CHECK(torch::equal(plain.next_random, saved.next_random));
  for (std::size_t i = 0; i < plain.state.size(); ++i)
    CHECK(torch::equal(plain.state[i].second, saved.state[i].second));
  const double tolerance = bfloat16 ? 0.05 : 1e-9;
  double floor = 0;
  for (const auto& item : plain.gradients)
    if (item.second.defined())
      floor = std::max(floor, 1e-3 * item.second.abs().max().item<double>());
  check_gradient("image", plain.image_gradient, saved.image_gradient, tolerance, 0);
  for (std::size_t i = 0; i < plain.gradients.size(); ++i)
    check_gradient(plain.gradients[i].first, plain.gradients[i].second, saved.gradients[i].second,
                   tolerance, floor);
}

}  // namespace

TEST_CASE("checkpointing changes no output, gradient, running statistic or random number",
          "[models]") {
  const auto [name, bfloat16] = GENERATE(table<std::string, bool>({{"unet", false},
                                                                   {"vnet", false},
                                                                   {"unetr", false},
                                                                   {"deeplabv3", false},
                                                                   {"unet", true},
                                                                   {"unetr", true}}));
  check_checkpointing(name, bfloat16);
}

TEST_CASE("checkpointing changes nothing in the wide networks in bfloat16 either",
          "[models][.slow]") {
  check_checkpointing(GENERATE("vnet", "deeplabv3"), true);
}

TEST_CASE("a checkpointed region keeps its inputs only", "[models]") {
  struct Wide : torch::nn::Module {
    c10::weak_intrusive_ptr<c10::StorageImpl> inside{c10::intrusive_ptr<c10::StorageImpl>()};
    torch::Tensor forward(const torch::Tensor& x) {
      const torch::Tensor y = x.exp();  // exp keeps its output for the backward pass
      inside = y.storage().getWeakStorageImpl();
      return y.sum();
    }
  } module;
  const torch::Tensor x = torch::ones({8}).requires_grad_();
  const torch::Tensor plain = module.forward(x);
  CHECK_FALSE(module.inside.expired());
  const torch::Tensor saved =
      checkpoint({&module}, [&](const auto& in) { return module.forward(in[0]); }, {x});
  CHECK(module.inside.expired());
  saved.backward();
  CHECK(torch::allclose(x.grad(), x.exp()));
}

TEST_CASE("a checkpointed region refuses gradients of gradients", "[models]") {
  torch::nn::Linear module(2, 2);
  const torch::Tensor x = torch::ones({1, 2}).requires_grad_();
  const torch::Tensor y =
      checkpoint({module.get()}, [&](const auto& in) { return module->forward(in[0]); }, {x});
  CHECK(test::refuses_create_graph(y, x));
}

}  // namespace seg
