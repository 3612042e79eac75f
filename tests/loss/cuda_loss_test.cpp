// The losses on the device against their equations in float64, at few and many classes, on memory
// that was never written; and logits that are more than 2^31.
#include "loss/plain_loss.h"
#include "loss/support.h"
#include "support/device.h"
#include "support/word.h"

using namespace seg;
using namespace seg::test;

namespace {

// Labels in blocks of three voxels, of which some are ignored.
struct Blocks {
  torch::Tensor logits, labels;
  explicit Blocks(std::int64_t classes) {
    torch::manual_seed(classes);
    labels = torch::randint(0, classes, {2, 3, 3, 4}, torch::kUInt8);
    for (const std::int64_t axis : {1, 2, 3}) labels = labels.repeat_interleave(3, axis);
    labels = labels.contiguous().masked_fill_(torch::rand(labels.sizes()).lt(0.1), 255);
    logits = torch::randn({2, classes, labels.size(1), labels.size(2), labels.size(3)}).mul(2);
  }
};

struct Found {
  torch::Tensor value, gradient;
};

Found loss_of(const torch::Tensor& logits, const torch::Tensor& labels, const LossConfig& config) {
  const torch::Tensor leaf = logits.detach().requires_grad_();
  const torch::Tensor value = loss(leaf, labels, config);
  value.backward();
  return {value.detach().cpu(), leaf.grad().cpu()};
}

void check_loss(std::int64_t classes, torch::ScalarType type, LossConfig config,
                const torch::Device& device) {
  const Blocks in(classes);
  const torch::Tensor logits = in.logits.to(type), there = logits.to(device),
                      labels = in.labels.to(device);
  const double rounding =
      type == torch::kFloat ? 0 : 1.0 / 256;  // half a unit in the last place is 1 / 512
  for (const std::string& name : words<LossName>()) {
    config.name = word(name);
    INFO(name << ", " << classes << " classes, " << type << ", " << word_of(config.contour.mode));
    Found found;
    {
      const PoisonedMemory poisoned;
      found = loss_of(there, labels, config);
    }
    const torch::Tensor exact = logits.to(torch::kDouble).requires_grad_();
    const torch::Tensor expected = plain_loss(exact, in.labels, config);
    expected.backward();
    CHECK(found.value.item<double>() == Approx(expected.item<double>()).epsilon(1e-6));
    CHECK(relative_error(found.gradient, exact.grad()) < 3e-6 + rounding);
  }
}

struct Volumes {
  torch::Tensor logits, labels, contour;
  // Logits and statistics of `count` slices in float64.
  torch::Tensor exact(std::int64_t begin, std::int64_t count) const {
    return logits.narrow(2, begin, count).to(torch::kDouble);
  }
  SoftmaxStatistics plain(const torch::Tensor& x, std::int64_t begin, std::int64_t count) const {
    return plain_statistics(x, labels.narrow(1, begin, count), contour.narrow(1, begin, count), {});
  }
};

// Random logits of slices whose scale grows with z, so that a wrong address is no equal.
Volumes large_volumes(const torch::Device& device, bool channels_last) {
  const std::int64_t M = 40, D = device.is_cuda() ? 256 : 8, H = device.is_cuda() ? 512 : 16, W = H;
  torch::manual_seed(4);
  const auto type = torch::dtype(torch::kBFloat16).device(device);
  torch::Tensor x = channels_last ? torch::empty({1, D, H, W, M}, type).permute({0, 4, 1, 2, 3})
                                  : torch::empty({1, M, D, H, W}, type);
  x.normal_();
  for (std::int64_t z = 0; z < D; ++z)
    x.select(2, z).mul_(1 + 2.0 * static_cast<double>(z) / static_cast<double>(D));
  const auto bytes = torch::dtype(torch::kUInt8).device(device);
  const torch::Tensor labels = torch::randint(0, M, {1, D, H, W}, bytes);
  return {x, labels, torch::randint(0, 2, {1, D, H, W}, bytes)};
}

void check_large(const Volumes& v) {
  const torch::Tensor leaf = v.logits.detach().requires_grad_();
  const SoftmaxStatistics found = softmax_statistics(leaf, v.labels, v.contour, {});
  probe(found).backward();
  const std::int64_t depth = leaf.size(2), step = 4;
  torch::Tensor sums, cross_entropy;
  for (std::int64_t z = 0; z < depth; z += step) {
    const torch::NoGradGuard no_grad;
    const SoftmaxStatistics part = v.plain(v.exact(z, step), z, step);
    sums = sums.defined() ? sums + part.sums : part.sums;
    cross_entropy =
        cross_entropy.defined() ? cross_entropy + part.cross_entropy : part.cross_entropy;
  }
  CHECK(torch::allclose(found.sums, sums, 5e-6, 1e-5));
  CHECK(torch::allclose(found.cross_entropy, cross_entropy, 5e-6));
  for (const std::int64_t z : {std::int64_t{0}, depth / 2, depth - step}) {
    const torch::Tensor x =
        v.exact(z, step).requires_grad_();  // probe() is linear: slices share nothing
    probe(v.plain(x, z, step)).backward();
    CHECK(relative_error(leaf.grad().narrow(2, z, step), x.grad()) < 1.0 / 256);
  }
}

}  // namespace

TEST_CASE("Every loss on a GPU equals its equation in float64 at 2 and 17 classes",
          "[loss][cuda][kernel]") {
  SEG_DEVICE(device);
  LossConfig config;
  config.contour.iterations = 2;
  for (const char* mode : {"uniform", "adaptive"})
    for (const auto type : {torch::kFloat, torch::kBFloat16})
      for (const std::int64_t classes : {2, 17}) {
        config.contour.mode = word(mode);
        check_loss(classes, type, config, device);
      }
}

TEST_CASE("Equation 10 read literally on a GPU equals the equation in float64",
          "[loss][cuda][kernel]") {
  SEG_DEVICE(device);
  LossConfig config;
  config.contour = {.iterations = 2, .base = 0.25};
  config.alpha = 3;
  config.ce_background = false;
  for (const auto reduction : {CeReduction::mean, CeReduction::sum_over_classes})
    for (const std::int64_t classes : {2, 17}) {
      config.ce_reduction = reduction;
      check_loss(classes, torch::kFloat, config, device);
    }
}

TEST_CASE("Every loss on a GPU equals its equation in float64 at 255 classes", "[loss][cuda]") {
  SEG_DEVICE(device);
  LossConfig config;
  config.contour.iterations = 1;
  for (const auto type : {torch::kFloat, torch::kBFloat16}) check_loss(255, type, config, device);
}

TEST_CASE("A loss of nothing is a number on a GPU", "[loss][cuda][kernel]") {
  SEG_DEVICE(device);
  for (const std::string& name : words<LossName>()) {
    INFO(name);
    LossConfig config;
    config.name = word(name);
    const torch::Tensor logits =
        torch::zeros({1, 3, 0, 4, 4}, torch::dtype(torch::kFloat).device(device));
    const torch::Tensor labels =
        torch::zeros({1, 0, 4, 4}, torch::dtype(torch::kUInt8).device(device));
    const Found found = loss_of(logits, labels, config);
    CHECK(found.value.isfinite().item<bool>());
    CHECK(found.gradient.sizes() == logits.sizes());
  }
}

TEST_CASE("Softmax statistics on a GPU take more than 2^31 logits", "[loss][cuda]") {
  SEG_DEVICE(device);
  for (const bool channels_last : {false, true}) {
    INFO((channels_last ? "channels last" : "contiguous"));
    try {
      const Volumes v = large_volumes(device, channels_last);
      if (device.is_cuda()) REQUIRE(v.logits.numel() > std::int64_t{1} << 31);
      check_large(v);
    } catch (const c10::OutOfMemoryError&) {
      SEG_SKIP("the GPU has no 16 GB to spare for 2^31 logits");
    }
  }
}
