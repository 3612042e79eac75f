#include "models/weights.h"

#include "core/error.h"
#include "support/oracle_networks.h"

namespace seg {
namespace {

ModelConfig small() {
  ModelConfig config;
  config.base_channels = 2;
  return config;
}

}  // namespace

TEST_CASE("weights come back through a file, statistics too", "[models]") {
  const test::TemporaryFolder folder;
  torch::manual_seed(1);
  const auto first = make_network(small(), 1, 3, {16, 16, 16}), second = make_network(small(), 1, 3, {16, 16, 16});
  first->forward(torch::randn({1, 1, 32, 16, 16}));
  write_safetensors(folder.path / "w.safetensors", state_of(*first));
  load_state(*second, read_safetensors(folder.path / "w.safetensors"), "w");
  first->eval(), second->eval();
  const torch::Tensor image = torch::randn({1, 1, 16, 16, 16});
  CHECK(torch::equal(first->forward(image), second->forward(image)));
}

TEST_CASE("every tensor that does not fit is listed at once, and nothing is loaded", "[models]") {
  const auto network = make_network(small(), 1, 3, {16, 16, 16});
  std::map<std::string, torch::Tensor> weights;
  for (const auto& [name, tensor] : state_of(*network)) weights[name] = torch::full_like(tensor, 7);
  const torch::Tensor before = network->parameters()[0].clone();
  weights.erase("up.2.weight");
  weights.erase("dec.0.2.running_var");
  weights["head.weight"] = torch::zeros({4, 2, 1, 1, 1});
  weights["heads.weight"] = torch::zeros({1});
  try {
    load_state(*network, weights, "theirs.safetensors");
    FAIL("accepted");
  } catch (const Error& e) {
    const std::string message = e.what();
    for (const char* part : {"theirs.safetensors", "missing: up.2.weight", "missing: dec.0.2.running_var", "extra: heads.weight",
                             "head.weight is [4, 2, 1, 1, 1], must be [3, 2, 1, 1, 1]"})
      CHECK(message.find(part) != std::string::npos);
  }
  CHECK(torch::equal(network->parameters()[0], before));
}

}  // namespace seg
