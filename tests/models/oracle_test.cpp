// Every network against the reference vectors: evaluation, input gradient, training mode, running
// statistics.
#include "support/oracle_networks.h"
#include "support/word.h"

namespace seg {
namespace {

using nlohmann::json;

struct Case {
  json description;
  test::Tensors vectors;
  std::shared_ptr<Network> network;
};

ModelConfig config_of(const std::string& name, const json& args) {
  ModelConfig config;
  config.name = test::word(name.substr(0, name.find('_')));
  config.dropout = 0;  // as the reference's training mode has it
  const auto take = [&](const char* key, auto& value) { value = args.value(key, value); };
  take("base", config.base_channels);
  take("feature_size", config.feature_size);
  take("hidden_size", config.hidden_size);
  take("mlp_dim", config.mlp_dim);
  take("num_heads", config.num_heads);
  config.norm = test::word(args.value("norm_name", "instance"));
  take("conv_block", config.conv_block);
  take("res_block", config.res_block);
  take("qkv_bias", config.qkv_bias);
  return config;
}

// The network of the case with the case's weights.
Case load_case(const std::filesystem::path& folder, const json& c) {
  const json& args = c.at("args");
  const auto shape = c.at("input_shape").get<std::vector<std::int64_t>>();
  const std::int64_t classes =
      args.contains("classes") ? args.at("classes") : args.at("out_channels");
  Case made{c, read_safetensors(folder / c.at("file").get<std::string>()),
            make_network(config_of(c.at("name"), args), args.at("in_channels"), classes,
                         {shape[2], shape[3], shape[4]})};
  load_state_dict(*made.network, test::case_weights(folder, c, *made.network), c.at("name"));
  return made;
}

void check_evaluation(const Case& c, const json& tolerance) {
  const torch::NoGradGuard no_grad;
  c.network->eval();
  const torch::Tensor output = c.network->forward(test::formula_input(c.description));
  CHECK(test::relative_difference(output, c.description.at("eval"), c.vectors) <
        tolerance.at("eval").at("atol_times_max_abs").get<double>());
}

// In float64, where the tolerance can be a hundredth of the index's: in float32 the rounding of a
// value near the kink of a ReLU changes single gradients by more than a percent, in the reference's
// own code too.
void check_input_gradient(const Case& c, const json& tolerance) {
  const json& d = c.description;
  c.network->eval();
  c.network->to(torch::kFloat64);
  const torch::Tensor input = test::formula_input(d).to(torch::kFloat64).requires_grad_();
  const torch::Tensor output = c.network->forward(input);
  (output * test::formula_tensor(output.sizes().vec(), d.at("probe_k"), 0, 1)).sum().backward();
  CHECK(test::relative_difference(input.grad(), d.at("grad_input"), c.vectors) <
        0.01 * tolerance.at("grad_input").at("atol_times_max_abs").get<double>());
  c.network->to(torch::kFloat32);
}

void check_training(const Case& c, const json& tolerance) {
  if (!c.description.contains("train")) return;
  const torch::NoGradGuard no_grad;
  c.network->train();
  const torch::Tensor output = c.network->forward(test::formula_input(c.description));
  CHECK(test::relative_difference(output, c.description.at("train"), c.vectors) <
        tolerance.at("train").at("atol_times_max_abs").get<double>());
  for (const auto& [name, value] : state_dict(*c.network))
    if (const auto found = c.vectors.find("after_train." + name); found != c.vectors.end()) {
      INFO(name);
      CHECK(torch::allclose(value, found->second, 1e-4, 1e-5));
    }
}

// Runs the cases whose name begins with `network`.
void check_cases(const std::filesystem::path& folder, const std::string& network) {
  const json index = test::json_file(folder / "cases.json");
  int count = 0;
  for (const json& c : index.at("cases")) {
    if (!c.at("name").get<std::string>().starts_with(network + (network == "vnet" ? "" : "_")))
      continue;
    INFO(c.at("name").get<std::string>());
    const Case made = load_case(folder, c);
    CHECK(test::parameter_count(*made.network) == c.at("parameters").get<std::int64_t>());
    check_evaluation(made, index.at("tolerance_float32"));
    check_input_gradient(made, index.at("tolerance_float32"));
    check_training(made, index.at("tolerance_float32"));
    ++count;
  }
  CHECK(count > 0);
}

}  // namespace

TEST_CASE("the formula of the reference weights", "[models]") {
  const torch::Tensor t = test::formula_tensor({3}, 0, 0.5, 0.5);
  CHECK(t[0].item<double>() == Approx(0.5733975800685585).epsilon(1e-7));
  CHECK(t[2].item<double>() == Approx(0.7041337329428643).epsilon(1e-7));
}

TEST_CASE("U-Net agrees with the reference", "[models][oracle]") {
  SEG_ORACLE(dir);
  check_cases(dir / "networks", "unet");
}

TEST_CASE("V-Net agrees with MONAI", "[models][oracle]") {
  SEG_ORACLE(dir);
  check_cases(dir / "networks", "vnet");
}

TEST_CASE("UNETR agrees with MONAI", "[models][oracle]") {
  SEG_ORACLE(dir);
  check_cases(dir / "networks", "unetr");
}

TEST_CASE("U-Net has the paper's number of parameters", "[models]") {
  CHECK(test::parameter_count(*make_network({}, 1, 16, {64, 256, 256})) == 5648112);
  CHECK(test::parameter_count(*make_network({}, 4, 4, {128, 128, 128})) == 5649204);
}

}  // namespace seg
