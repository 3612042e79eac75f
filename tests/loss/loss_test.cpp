#include "loss/loss.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/oracle_losses.h"
#include "support/word.h"

#include <torch/utils.h>

using namespace seg;

namespace {

struct Outcome {
  double value;
  torch::Tensor gradient;
};

Outcome outcome(const torch::Tensor& logits, const torch::Tensor& labels,
                const LossConfig& config) {
  const torch::Tensor x = logits.detach().clone().requires_grad_();
  const torch::Tensor value = loss(x, labels, config);
  value.backward();
  return {value.item<double>(), x.grad()};
}

LossConfig named(const std::string& name) {
  LossConfig config;
  config.name = test::word(name);
  config.contour.iterations = 2;
  return config;
}

const std::vector<std::string> kNames = test::words<LossName>();

torch::Tensor block_labels(std::int64_t classes, std::int64_t batch = 2) {
  const auto coarse = torch::randint(0, classes, {batch, 3, 3, 4}).to(torch::kUInt8);
  return coarse.repeat_interleave(4, 1).repeat_interleave(5, 2).repeat_interleave(6, 3);
}

}  // namespace

TEST_CASE("Values and gradients of every loss and option equal the reference", "[loss]") {
  SEG_ORACLE(folder);
  test::for_each_loss_case(folder, [](const nlohmann::json& c, const test::Tensors& tensors,
                                      const nlohmann::json& tolerance) {
    for (const auto& entry : c.at("losses")) {
      INFO(c.at("name").get<std::string>() << " " << entry.at("name").get<std::string>());
      const auto found =
          outcome(tensors.at("logits"), tensors.at("labels"), test::loss_config(entry));
      const double expected = entry.at("value"), largest = entry.at("grad").at("max_abs");
      CHECK(std::abs(found.value - expected) <=
            tolerance["value"]["rtol"].get<double>() * std::abs(expected) +
                tolerance["value"]["atol"].get<double>());
      const std::int64_t stride = entry.at("grad").at("stride");
      const auto gradient = found.gradient.flatten().slice(0, 0, c10::nullopt, stride);
      const double error = (gradient - tensors.at(entry.at("grad").at("key").get<std::string>()))
                               .abs()
                               .max()
                               .item<double>();
      CHECK(error <= tolerance["grad"]["atol_times_max_abs"].get<double>() * largest +
                         tolerance["grad"]["atol"].get<double>());
      const double length = entry.at("grad").at("l2");  // of every value, also those left out
      CHECK(found.gradient.to(torch::kFloat64).norm().item<double>() ==
            Approx(length).epsilon(1e-4).margin(1e-9));
    }
  });
}

TEST_CASE("Losses stay finite on extreme logits, one class, no class", "[loss]") {
  torch::manual_seed(4);
  const auto logits = torch::randint(0, 2, {2, 4, 12, 15, 24}).to(torch::kFloat).mul(120).sub(60);
  for (const auto& name : kNames)
    for (const int fill : {-1, 0, 2, 255}) {
      INFO(name << " labels " << fill);
      auto labels = block_labels(4);
      if (fill >= 0) labels.fill_(fill);
      const auto found = outcome(logits, labels, named(name));
      CHECK(std::isfinite(found.value));
      CHECK(found.gradient.isfinite().all().item<bool>());
      if (fill == 255) CHECK(found.gradient.abs().max().item<double>() == 0);
    }
}

TEST_CASE("Ignored voxels count nowhere, whatever their logits", "[loss]") {
  torch::manual_seed(5);
  const auto labels = block_labels(3);
  labels.slice(2, 3, 7).fill_(255);
  const auto logits = torch::randn({2, 3, 12, 15, 24});
  const auto other = logits.clone();
  other.slice(3, 3, 7).fill_(std::numeric_limits<float>::quiet_NaN());
  for (const auto& name : kNames) {
    INFO(name);
    const auto a = outcome(logits, labels, named(name)), b = outcome(other, labels, named(name));
    CHECK(a.value == b.value);
    CHECK(a.gradient.equal(b.gradient));
    CHECK(a.gradient.slice(3, 3, 7).abs().max().item<double>() == 0);
  }
}

TEST_CASE("A NaN or infinite logit makes the loss non-finite", "[loss]") {
  torch::manual_seed(6);
  const auto labels = block_labels(3);
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    for (const auto& name : kNames) {
      INFO(name << " " << bad);
      auto logits = torch::randn({2, 3, 12, 15, 24});
      logits[1][2][3][4][5] = bad;
      CHECK_FALSE(std::isfinite(loss(logits, labels, named(name)).item<double>()));
    }
}

TEST_CASE("Losses follow flips and permutations of the volume", "[loss]") {
  torch::manual_seed(7);
  const auto labels = block_labels(4);
  const auto logits = torch::randn({2, 4, 12, 15, 24});
  for (const auto& name : kNames) {
    INFO(name);
    const auto a = outcome(logits, labels, named(name));
    if (!row_of(named(name).name).release()) {  // its cube lies to one side
      const auto b = outcome(logits.flip(3), labels.flip(2), named(name));
      CHECK(a.value == Approx(b.value).epsilon(1e-6));
      CHECK(torch::allclose(a.gradient.flip(3), b.gradient, 1e-4, 1e-8));
    }
    const auto t = outcome(logits.permute({0, 1, 4, 2, 3}).contiguous(),
                           labels.permute({0, 3, 1, 2}), named(name));
    CHECK(a.value == Approx(t.value).epsilon(1e-6));
  }
}

TEST_CASE("A loss without a term that has a gradient is refused", "[loss]") {
  auto config = named("CWCD");
  config.weights.ce = config.weights.dice = 0;
  CHECK_THROWS_AS(check(config, 3), Error);
  config.name = LossName::CWCD_release;
  CHECK_NOTHROW(check(config, 3));
  config = named("CWCE");
  config.contour.base = 0;
  CHECK_NOTHROW(check(config, 3));
  config.alpha = 0;
  CHECK_THROWS_AS(check(config, 3), Error);
  CHECK_THROWS_AS(check(named("CWCD"), 1), Error);
  CHECK_NOTHROW(check(named("CWCD"), 2));
}

TEST_CASE("No key of the section changes the authors' loss", "[loss]") {
  torch::manual_seed(8);
  const auto labels = block_labels(4);
  const auto logits = torch::randn({2, 4, 12, 15, 24});
  LossConfig config;
  config.name = LossName::CWCD_release;
  const auto plain = outcome(logits, labels, config);
  config.contour = {.iterations = 1, .classes = ContourClasses::all, .base = 3};
  config.lambda = 0.2;
  config.alpha = 4;
  config.ce_reduction = CeReduction::sum_over_classes;
  config.ce_background = false;
  config.dice_denominator = DiceDenominator::squared;
  config.include_background = config.per_sample = true;
  config.weights = {0.5, 3};
  const auto other = outcome(logits, labels, config);
  CHECK(plain.value == other.value);
  CHECK(plain.gradient.equal(other.gradient));
}

TEST_CASE("Without targets a cross-entropy of the targets is 0", "[loss]") {
  torch::manual_seed(9);
  const auto logits = torch::randn({2, 4, 12, 15, 24});
  for (const auto reduction : {CeReduction::mean, CeReduction::sum_over_classes}) {
    LossConfig config = named("CWCE");
    config.ce_background = false;
    config.ce_reduction = reduction;
    const auto found = outcome(logits, torch::zeros({2, 12, 15, 24}, torch::kUInt8), config);
    CHECK(found.value == 0);
    CHECK(found.gradient.abs().max().item<double>() == 0);
  }
}
