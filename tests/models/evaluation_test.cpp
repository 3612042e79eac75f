// Networks in evaluation without autograd, what stands after a convolution done with it, against
// Torch's operations one by one.
#include "models/batch_norm.h"
#include "models/transformer.h"
#include "models/weights.h"
#include "support/autocast.h"
#include "support/catch.h"
#include "support/small_networks.h"

#include <cmath>
#include <optional>

namespace seg {
namespace {

using torch::Tensor;
constexpr auto last = torch::MemoryFormat::ChannelsLast3d;

// Statistics and parameters of BatchNorm as no training leaves them: factors of either sign and
// zero.
void disturb(Network& network) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : state_dict(network)) {
    Tensor t = tensor;
    if (name.ends_with("running_mean")) t.normal_(0, 0.3);
    if (name.ends_with("running_var")) t.uniform_(0.5, 2);
  }
  for (const auto& module : network.modules())
    if (auto* norm = module->as<torch::nn::BatchNorm3d>()) {
      norm->weight.normal_(0, 1);
      norm->weight[0] = 0;
      norm->bias.normal_(0, 0.3);
    }
}

void to_channels_last(Network& network) {
  const torch::NoGradGuard no_grad;
  for (Tensor& p : network.parameters())
    if (p.dim() == 5) p.set_data(p.contiguous(last));
}

Tensor logits_of(Network& network, const Tensor& image, bool bfloat16, bool plain) {
  network.eval();
  const torch::InferenceMode inference;
  std::optional<test::Autocast> autocast;
  if (bfloat16) autocast.emplace();
  std::optional<PlainEvaluation> as_torch;
  if (plain) as_torch.emplace();
  return network.forward(image).to(torch::kFloat32).contiguous();
}

double error_of(const Tensor& found, const Tensor& expected) {
  return ((found - expected).norm() / expected.norm()).item<double>();
}

// The share of voxels whose label differs although the exact logits' two largest are further apart
// than `apart`.
double clear_differences(const Tensor& found, const Tensor& exact, double apart) {
  const Tensor two = std::get<0>(exact.topk(2, 1));
  const Tensor clear = (two.select(1, 0) - two.select(1, 1)) > apart;
  return (found.argmax(1).ne(exact.argmax(1)) & clear).to(torch::kFloat64).mean().item<double>();
}

// By how much two logits of a voxel can come closer, as far off as `found` is at most.
double closest(const Tensor& found, const Tensor& exact) {
  return 2 * (found - exact).abs().max().item<double>();
}

ModelConfig wide(const std::string& name) {
  ModelConfig config = test::small_model(name);
  config.base_channels = 16;
  config.feature_size = 16;
  config.norm = UnetrNorm::batch;
  return config;
}

Tensor image_of(const std::string& name) {
  // Of two samples, longer than high and wide, so that U-Net and UNETR take Winograd's way at the
  // top and Torch's below.
  return name == "deeplabv3" ? torch::randn({2, 1, 24, 32, 40}) : torch::randn({2, 1, 32, 48, 16});
}

}  // namespace

TEST_CASE("a network evaluates as Torch's operations do, one by one", "[models]") {
  const auto name = GENERATE(from_range(test::words<NetworkName>()));
  const bool bfloat16 = GENERATE(false, true), channels_last = GENERATE(true, false);
  INFO(name << (bfloat16 ? ", bfloat16" : ", float32")
            << (channels_last ? ", channels_last" : ", contiguous"));
  torch::manual_seed(9);
  const Tensor image = image_of(name);
  const auto network =
      make_network(wide(name), 1, 5, {image.size(2), image.size(3), image.size(4)});
  disturb(*network);
  const Tensor exact = logits_of(*network, image, false, true);
  if (channels_last) to_channels_last(*network);
  const Tensor x = channels_last ? image.contiguous(last) : image;
  const Tensor found = logits_of(*network, x, bfloat16, false);
  CHECK(found.sizes() == exact.sizes());
  if (!bfloat16) {
    CHECK(error_of(found, exact) < 1e-4);
    CHECK(clear_differences(found, exact, 1e-3 * exact.std().item<double>()) == 0);
    return;
  }
  // Both are off by their roundings; ours rounds less often.
  const Tensor plain = logits_of(*network, x, true, true);
  CHECK(error_of(found, exact) < 1.1 * error_of(plain, exact) + 1e-4);
  CHECK(clear_differences(found, exact, closest(plain, exact)) == 0);
}

TEST_CASE("a small network evaluates alike whatever its widths", "[models]") {
  const auto name = GENERATE(from_range(test::words<NetworkName>()));
  const std::int64_t channels = GENERATE(1, 4);
  const bool bfloat16 = GENERATE(false, true);
  INFO(name << ", " << channels);
  torch::manual_seed(10);
  const auto network = make_network(test::small_model(name), channels, 3, {16, 32, 16});
  disturb(*network);
  const Tensor image = torch::randn({1, channels, 16, 32, 16}).contiguous(last);
  const Tensor exact = logits_of(*network, image, false, true);
  const Tensor found = logits_of(*network, image, bfloat16, false);
  if (bfloat16)
    CHECK(error_of(found, exact) <
          1.1 * error_of(logits_of(*network, image, true, true), exact) + 1e-4);
  else
    CHECK(error_of(found, exact) < 1e-4);
}

namespace {

// The least that has both prepared filters and statistics.
struct ConvolvedNorm : torch::nn::Module {
  ConvolvedNorm()
      : convolution(register_module("convolution",
                                    Convolution(torch::nn::Conv3dOptions(16, 16, 3).padding(1)))),
        norm(register_module("norm", torch::nn::BatchNorm3d(16))) {}
  Tensor forward(const Tensor& x) { return convolved_relu_norm(*convolution, *norm, {x}); }
  Convolution convolution;
  torch::nn::BatchNorm3d norm;
};

Tensor evaluated(ConvolvedNorm& module, const Tensor& x, bool bfloat16) {
  module.eval();
  const torch::InferenceMode inference;
  std::optional<test::Autocast> autocast;
  if (bfloat16) autocast.emplace();
  return module.forward(x);
}

// Of another module with the same weights and statistics.
Tensor evaluated_anew(const ConvolvedNorm& module, const Tensor& x, bool bfloat16) {
  ConvolvedNorm fresh;
  std::map<std::string, Tensor> weights;
  for (const auto& [name, tensor] : state_dict(module)) weights[name] = tensor;
  load_state_dict(fresh, weights, "fresh");
  return evaluated(fresh, x, bfloat16);
}

void train_step(ConvolvedNorm& module, const Tensor& x) {
  torch::optim::Adam optimiser(module.parameters(), torch::optim::AdamOptions(1e-2));
  module.forward(x).square().mean().backward();
  optimiser.step();
}

void fused_step(ConvolvedNorm& module) {
  std::vector<Tensor> parameters = module.parameters(), gradients, first, second, steps;
  for (const Tensor& p : parameters) {
    gradients.push_back(torch::randn_like(p));
    first.push_back(torch::zeros_like(p));
    second.push_back(torch::zeros_like(p));
    steps.push_back(torch::ones({}));
  }
  const torch::NoGradGuard no_grad;
  at::_fused_adam_(parameters, gradients, first, second, {}, steps, 1e-2, 0.9, 0.999, 0, 1e-8,
                   false, false);
}

struct Change {
  std::string what;
  std::function<void(ConvolvedNorm&, const Tensor& x)> make;
};

const std::vector<Change>& changes() {
  static const std::vector<Change> all = {
      {"a step of training",
       [](ConvolvedNorm& m, const Tensor& x) {
         m.train();
         train_step(m, x);
       }},
      {"a step of training in evaluation mode", train_step},
      {"a fused step in evaluation mode", [](ConvolvedNorm& m, const Tensor&) { fused_step(m); }},
      {"weights averaged in",
       [](ConvolvedNorm& m, const Tensor&) {
         ConvolvedNorm other;
         const torch::NoGradGuard no_grad;
         at::_foreach_lerp_(m.parameters(), other.parameters(), 0.5);
       }},
      {"weights loaded",
       [](ConvolvedNorm& m, const Tensor&) {
         std::map<std::string, Tensor> weights;
         for (const auto& [name, tensor] : state_dict(ConvolvedNorm())) weights[name] = tensor;
         load_state_dict(m, weights, "other");
       }},
      {"a change within InferenceMode",
       [](ConvolvedNorm& m, const Tensor&) {
         const torch::InferenceMode inference;
         for (const Tensor& p : m.parameters()) Tensor(p).mul_(1.5);
       }},
      {"other memory, twice",
       [](ConvolvedNorm& m, const Tensor&) {
         for (int i = 0; i < 2; ++i)
           for (const Tensor& p : m.parameters()) Tensor(p).set_data(torch::randn(p.sizes()));
       }},
      {"other types and back",
       [](ConvolvedNorm& m, const Tensor&) {
         m.convolution->to(torch::kBFloat16);
         m.convolution->to(torch::kFloat32);
       }},
      {"new statistics", [](ConvolvedNorm& m, const Tensor&) {
         const torch::NoGradGuard no_grad;
         m.norm->running_mean.uniform_(0.5, 2);
         m.norm->running_var.uniform_(0.5, 2);
       }}};
  return all;
}

}  // namespace

TEST_CASE("an evaluation has the weights and statistics as they are", "[models]") {
  const bool bfloat16 = GENERATE(false, true);
  torch::manual_seed(11);
  const Tensor x = torch::randn({1, 16, 24, 24, 24}).contiguous(last);
  for (const auto& [what, make] : changes()) {
    INFO(what << (bfloat16 ? ", bfloat16" : ", float32"));
    ConvolvedNorm module;
    const Tensor before = evaluated(module, x, bfloat16);
    CHECK(torch::equal(evaluated(module, x, bfloat16), before));
    make(module, x);
    const Tensor after = evaluated(module, x, bfloat16);
    CHECK_FALSE(torch::equal(after, before));
    CHECK(torch::equal(after, evaluated_anew(module, x, bfloat16)));
  }
}

TEST_CASE("an evaluation's arithmetic is its autocast's, whatever came before", "[models]") {
  torch::manual_seed(12);
  ConvolvedNorm module;
  const Tensor x = torch::randn({1, 16, 24, 24, 24}).contiguous(last);
  const Tensor single = evaluated(module, x, false), half = evaluated(module, x, true);
  CHECK(single.scalar_type() == torch::kFloat32);
  CHECK(half.scalar_type() == torch::kBFloat16);
  CHECK(torch::equal(single, evaluated(module, x, false)));
  CHECK(torch::equal(half, evaluated(module, x, true)));
}

TEST_CASE("UNETR's patches by a matrix product are those of the convolution", "[models]") {
  torch::manual_seed(8);
  PatchEmbedding embedding(2, 24, {2, 1, 3});
  embedding.eval();
  embedding.to(torch::kFloat64);
  const Tensor image = torch::randn({2, 2, 32, 16, 48}, torch::kFloat64);
  const Tensor convolved = embedding.forward(image).detach();  // with autograd
  const torch::NoGradGuard no_grad;
  CHECK(error_of(embedding.forward(image), convolved) < 1e-14);
  CHECK(error_of(embedding.forward(image.contiguous(last)), convolved) < 1e-14);
}

TEST_CASE("UNETR evaluates memory that was written alone, in bfloat16", "[models]") {
  torch::manual_seed(14);
  const Tensor image = torch::randn({2, 1, 32, 48, 16});
  const auto network = make_network(test::small_model("unetr"), 1, 5, {32, 48, 16});
  for (const bool plain : {false, true}) {
    std::vector<Tensor> poison;  // given back full of NaN
    for (int size = 8; size <= 20; ++size)
      for (int i = 0; i < 20; ++i)
        poison.push_back(torch::full({std::int64_t{1} << size}, std::nanf("")));
    poison.clear();
    CHECK_FALSE(logits_of(*network, image, true, plain).isnan().any().item<bool>());
  }
}

TEST_CASE("with autograd, or in training, a convolution is as it was", "[models]") {
  torch::manual_seed(13);
  Convolution convolution(torch::nn::Conv3dOptions(16, 16, 3).padding(1));
  const Tensor x = torch::randn({1, 16, 24, 24, 24}).contiguous(last);
  CHECK_FALSE(convolution->evaluated(x).defined());  // training
  convolution->eval();
  CHECK_FALSE(convolution->evaluated(x).defined());  // autograd
  CHECK(convolution->forward(x).requires_grad());
  const torch::NoGradGuard no_grad;
  convolution->train();
  CHECK_FALSE(convolution->evaluated(x).defined());
}

}  // namespace seg
