// Forward and backward of every network on the device, measured by the processor's error: both
// against float64 on the processor.
#include "inference/compute.h"
#include "support/device.h"
#include "support/small_networks.h"

#include <torch/torch.h>

#include <algorithm>

namespace seg {
namespace {

using Errors = std::vector<double>;  // of the logits, then of every gradient

struct Pass {
  std::vector<std::string> names;
  std::vector<torch::Tensor> tensors;  // the logits, then every gradient; float64 on the CPU
};

ModelConfig small(const std::string& name) {
  ModelConfig config = test::small_model(name);
  config.dropout = 0;
  return config;
}

// A step on a bright box in noise: the same weights and image wherever it runs, both held in
// `type`.
Pass pass(const std::string& name, int image, const Compute& compute, torch::ScalarType type) {
  torch::manual_seed(1);
  const auto network = make_network(small(name), 1, 2, {32, 16, 16});
  network->to(type);
  to_device(*network, compute);
  torch::manual_seed(100 + image);
  torch::Tensor label = torch::zeros({2, 32, 16, 16}, torch::kLong);
  label.slice(1, 8, 24).slice(2, 4, 12).slice(3, 2 + image, 9 + image).fill_(1);
  const torch::Tensor x =
      2 * label.unsqueeze(1).to(torch::kFloat) + 0.5 * torch::randn({2, 1, 32, 16, 16});
  torch::Tensor logits;
  {
    const AutocastScope autocast(compute);
    logits = network->forward(to_device(x.to(type), compute));
  }
  torch::nn::functional::cross_entropy(logits.to(type), label.to(compute.device)).backward();
  Pass p{{"logits"}, {logits.detach()}};
  for (const auto& item : network->named_parameters()) {
    if (!item.value().grad().defined()) continue;
    p.names.push_back(item.key());
    p.tensors.push_back(item.value().grad());
  }
  for (torch::Tensor& t : p.tensors) t = t.to(torch::kCPU, torch::kDouble);
  return p;
}

double size_of(const torch::Tensor& t) { return t.square().mean().sqrt().item<double>(); }

// Root mean square of the difference over that of `exact`. A bias before a BatchNorm has the
// gradient 0 but for rounding: it is measured by the largest gradient.
Errors errors(const Pass& found, const Pass& exact) {
  REQUIRE(found.names == exact.names);
  double largest = 0;
  for (std::size_t i = 1; i < exact.tensors.size(); ++i)
    largest = std::max(largest, size_of(exact.tensors[i]));
  Errors all;
  for (std::size_t i = 0; i < exact.tensors.size(); ++i) {
    const double size = size_of(exact.tensors[i]);
    all.push_back(size_of(found.tensors[i] - exact.tensors[i]) /
                  (i == 0 ? size : std::max(size, 1e-2 * largest)));
  }
  return all;
}

void keep_smaller(Errors& kept, const Errors& other) {
  if (kept.empty()) kept = other;
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = std::min(kept[i], other[i]);
}

// This share of the values is smaller.
double quantile(Errors values, double share) {
  const auto place =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size()));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

struct Way {
  bool bfloat16, channels_last;
  double factor() const { return bfloat16 ? 3 : 10; }  // of the processor's error: what is allowed
  // The processor's usual error. In bfloat16 gradients may be wrong by half: the middle one counts.
  double usual(const Errors& e) const { return quantile(e, bfloat16 ? 0.5 : 0.9); }
  double highest_usual() const { return bfloat16 ? 0.3 : 1e-3; }  // else a comparison says nothing
};

// At some images a value lies at the kink of a ReLU, and rounding makes gradients jump; a fault is
// there at all of them. So each tensor is judged by its smallest error over the images, beside the
// processor's for it or, as that of a single bias may be small by chance, the processor's usual
// one.
void check_network(const std::string& name, int images, const torch::Device& device) {
  const test::ExactArithmetic arithmetic;
  std::vector<Pass> exact;
  for (int image = 0; image < images; ++image)
    exact.push_back(pass(name, image, {}, torch::kDouble));
  for (const Way& way : {Way{false, false}, Way{false, true}, Way{true, false}, Way{true, true}}) {
    INFO(name << (way.bfloat16 ? " bfloat16" : " float32")
              << (way.channels_last ? " channels_last" : " contiguous"));
    Errors here, there;
    for (int image = 0; image < images; ++image) {
      const auto error_on = [&](const torch::Device& where) {
        return errors(pass(name, image, {where, way.bfloat16, way.channels_last}, torch::kFloat),
                      exact[image]);
      };
      keep_smaller(here, error_on(torch::kCPU));
      keep_smaller(there, error_on(device));
    }
    const double usual = way.usual(here);
    CHECK(usual < way.highest_usual());
    for (std::size_t i = 0; i < here.size(); ++i) {
      INFO(exact[0].names[i] << ": " << there[i] << ", on the processor " << here[i]);
      CHECK(there[i] <= way.factor() * std::max(here[i], i == 0 ? 0 : usual));
    }
  }
}

}  // namespace

TEST_CASE("U-Net on a GPU is as exact as on the processor", "[training][cuda]") {
  SEG_DEVICE(device);
  check_network("unet", 3, device);
}

TEST_CASE("V-Net on a GPU is as exact as on the processor", "[training][cuda]") {
  SEG_DEVICE(device);
  check_network("vnet", 1, device);  // ELU has no kink
}

TEST_CASE("UNETR on a GPU is as exact as on the processor", "[training][cuda]") {
  SEG_DEVICE(device);
  check_network("unetr", 3, device);
}

TEST_CASE("DeepLabV3 on a GPU is as exact as on the processor", "[training][cuda]") {
  SEG_DEVICE(device);
  check_network("deeplabv3", 2, device);
}

}  // namespace seg
