#include "models/weights.h"

#include "core/error.h"
#include "core/files.h"
#include "support/oracle_networks.h"

namespace seg {
namespace {

ModelConfig small() {
  ModelConfig config;
  config.base_channels = 2;
  return config;
}

// The source folder, above the test program.
std::filesystem::path source_folder() {
  std::filesystem::path folder = program_folder();
  while (folder.has_relative_path() && !std::filesystem::exists(folder / "data_scripts"))
    folder = folder.parent_path();
  return folder;
}

// An interpreter that imports torch and safetensors, or "".
std::string python_with_torch() {
  const char* chosen = std::getenv("SEG_PYTHON");
  const std::string of_setup = source_folder() / "third_party/venv/bin/python";
  for (const std::string& python :
       {std::string(chosen ? chosen : ""), of_setup, std::string("python3")})
    if (!python.empty() &&
        std::system((python + " -c 'import torch, safetensors.torch' 2> /dev/null").c_str()) == 0)
      return python;
  return "";
}

}  // namespace

TEST_CASE("weights come back through a file, statistics too", "[models]") {
  const test::TemporaryFolder folder;
  torch::manual_seed(1);
  const auto first = make_network(small(), 1, 3, {16, 16, 16}),
             second = make_network(small(), 1, 3, {16, 16, 16});
  first->forward(torch::randn({1, 1, 32, 16, 16}));
  write_safetensors(folder.path / "w.safetensors", state_dict(*first));
  load_state_dict(*second, read_safetensors(folder.path / "w.safetensors"), "w");
  first->eval();
  second->eval();
  const torch::Tensor image = torch::randn({1, 1, 16, 16, 16});
  CHECK(torch::equal(first->forward(image), second->forward(image)));
}

TEST_CASE("every tensor that does not fit is listed at once, and nothing is loaded", "[models]") {
  const auto network = make_network(small(), 1, 3, {16, 16, 16});
  std::map<std::string, torch::Tensor> weights;
  for (const auto& [name, tensor] : state_dict(*network))
    weights[name] = torch::full_like(tensor, 7);
  const torch::Tensor before = network->parameters()[0].clone();
  weights.erase("up.2.weight");
  weights.erase("dec.0.2.running_var");
  weights["head.weight"] = torch::zeros({4, 2, 1, 1, 1});
  weights["heads.weight"] = torch::zeros({1});
  weights["head.bias"] = weights.at("head.bias").to(torch::kInt32);
  try {
    load_state_dict(*network, weights, "theirs.safetensors");
    FAIL("accepted");
  } catch (const Error& e) {
    const std::string message = e.what();
    for (const char* part :
         {"theirs.safetensors", "missing: up.2.weight", "missing: dec.0.2.running_var",
          "extra: heads.weight", "type: head.bias is Int, must be Float",
          "head.weight is [4, 2, 1, 1, 1], must be [3, 2, 1, 1, 1]"})
      CHECK(message.find(part) != std::string::npos);
  }
  CHECK(torch::equal(network->parameters()[0], before));
}

TEST_CASE("model.weights is read by name, and its misfits are listed", "[models]") {
  const test::TemporaryFolder folder;
  const auto first = make_network(small(), 1, 3, {16, 16, 16}),
             second = make_network(small(), 1, 3, {16, 16, 16});
  ModelConfig config = small();
  load_initial_weights(config, *second);  // no file: nothing
  CHECK_FALSE(torch::equal(first->parameters()[0], second->parameters()[0]));
  config.weights.text = folder.path / "w.safetensors";
  write_safetensors(config.weights.text, state_dict(*first));
  load_initial_weights(config, *second);
  CHECK(torch::equal(first->parameters()[0], second->parameters()[0]));
  const auto other = make_network(small(), 1, 4, {16, 16, 16});
  CHECK_THROWS_WITH(load_initial_weights(config, *other),
                    Catch::Matchers::Contains("model.weights " + config.weights.text) &&
                        Catch::Matchers::Contains("head.bias is [3], must be [4]"));
}

TEST_CASE("weights go to a PyTorch state_dict and back", "[models][python][.slow]") {
  const std::string python = python_with_torch();
  if (python.empty()) SEG_SKIP("no Python with torch and safetensors (SEG_PYTHON names one)");
  const test::TemporaryFolder folder;
  const auto file = [&](const char* name) { return (folder.path / name).string(); };
  const std::string script =
      python + " " + (source_folder() / "data_scripts/weights.py").string() + " ";
  const auto first = make_network(small(), 1, 3, {16, 16, 16}),
             second = make_network(small(), 1, 3, {16, 16, 16});
  for (torch::Tensor& p : first->parameters())
    if (p.dim() == 5)
      p.set_data(
          p.contiguous(torch::MemoryFormat::ChannelsLast3d));  // as a checkpoint of a run has it
  write_safetensors(file("ours.safetensors"), state_dict(*first));

  REQUIRE(std::system((script + "to-torch " + file("ours.safetensors") + " " + file("theirs.pt"))
                          .c_str()) == 0);
  const std::string rename =
      "import torch; d = torch.load('" + file("theirs.pt") + "', weights_only=True); " +
      "torch.save({'state_dict': {'module.' + k: v.transpose(0, -1).contiguous().transpose(0, -1) "
      "for k, v in d.items() if v.dim()" +
      "} | {'module.' + k: v for k, v in d.items() if not v.dim()}}, '" + file("wrapped.pt") + "')";
  REQUIRE(std::system((python + " -c \"" + rename + "\"").c_str()) == 0);
  REQUIRE(std::system((script + "from-torch " + file("wrapped.pt") + " " + file("back.safetensors"))
                          .c_str()) == 0);

  load_state_dict(*second, read_safetensors(file("back.safetensors")), "back");
  const auto ours = state_dict(*first), back = state_dict(*second);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO(ours[i].first);
    CHECK(torch::equal(ours[i].second, back[i].second));
  }
  CHECK(std::system((script + "list " + file("missing.pt") + " 2> /dev/null").c_str()) != 0);
}

}  // namespace seg
