#include "loss/softmax_statistics.h"
#include "core/error.h"
#include "loss/softmax_kernel.h"
#include "loss/support.h"
#include "support/catch.h"
#include "support/create_graph.h"
#include "support/threads.h"

#include <torch/utils.h>

using namespace seg;
using namespace seg::test;

namespace {

// softmax_statistics by one kernel set.
auto with(const SoftmaxKernels& kernels) {
  return [&kernels](const auto&... volumes) { return softmax_statistics(volumes..., kernels); };
}

auto fused(const torch::Tensor& logits, const torch::Tensor& labels, const torch::Tensor& contour,
           const torch::Tensor& weight) {
  return softmax_statistics(logits, labels, contour, weight);
}

}  // namespace

TEST_CASE("The fused statistics equal the plain ones in float64, with every instruction set",
          "[softmax]") {
  for (const std::int64_t classes : {2, 3, 5, 16, 40}) {
    const Inputs in(classes);
    const auto channels_last = in.logits.contiguous(at::MemoryFormat::ChannelsLast3d);
    for (const auto& [name, kernels] : all_softmax_kernels())
      for (const auto& logits : {in.logits, channels_last})
        for (const auto type : {torch::kFloat, torch::kBFloat16, torch::kHalf}) {
          INFO(name << ", " << classes << " classes, " << type
                    << (logits.is_contiguous() ? "" : ", channels last"));
          const auto x = logits.to(type);
          const auto expected =
              plain_statistics(x.to(torch::kDouble), in.labels, in.contour, in.weight);
          const auto found = softmax_statistics(x, in.labels, in.contour, in.weight, kernels);
          CHECK(torch::allclose(found.sums, expected.sums, 1e-6, 1e-5));
          CHECK(torch::allclose(found.cross_entropy, expected.cross_entropy, 1e-6));
          const auto slope = gradient(with(kernels), x, in);
          CHECK(slope.scalar_type() == type);
          CHECK(slope.strides() == x.strides());
          // Half has 11 significant bits and bfloat16 8: what one rounding to nearest moves a
          // value.
          const double rounded = type == torch::kFloat  ? 0
                                 : type == torch::kHalf ? 1.0 / 2048
                                                        : 1.0 / 256;
          const double tolerance = 2e-6 + rounded;
          CHECK(relative_error(slope, gradient(plain_statistics, x.to(torch::kDouble), in)) <
                tolerance);
        }
  }
}

TEST_CASE("Logits of 60 and -60 are as exact as others, with every instruction set", "[softmax]") {
  Inputs in(7);
  in.logits = torch::randint(-60, 61, in.logits.sizes()).to(torch::kFloat);
  in.logits.slice(1, 0, 2).sign_().mul_(60);
  const auto expected =
      plain_statistics(in.logits.to(torch::kDouble), in.labels, in.contour, in.weight);
  const auto slope = gradient(plain_statistics, in.logits.to(torch::kDouble), in);
  for (const auto& [name, kernels] : all_softmax_kernels()) {
    INFO(name);
    const auto found = softmax_statistics(in.logits, in.labels, in.contour, in.weight, kernels);
    CHECK(torch::allclose(found.sums, expected.sums, 1e-6, 1e-6));
    CHECK(torch::allclose(found.cross_entropy, expected.cross_entropy, 1e-6));
    CHECK(relative_error(gradient(with(kernels), in.logits, in), slope) < 2e-6);
  }
}

TEST_CASE("A volume of millions of voxels is summed to 1e-6", "[softmax]") {
  torch::manual_seed(11);
  const auto logits = torch::randn({1, 4, 64, 128, 256}).mul(2);
  const auto labels = torch::randint(0, 4, {1, 64, 128, 256}).to(torch::kUInt8);
  const auto contour = torch::rand({1, 64, 128, 256}).lt(0.3).to(torch::kUInt8);
  const auto expected = plain_statistics(logits.to(torch::kDouble), labels, contour, {});
  for (const auto& [name, kernels] : all_softmax_kernels()) {
    INFO(name);
    const auto found = softmax_statistics(logits, labels, contour, {}, kernels);
    CHECK(torch::allclose(found.sums, expected.sums, 1e-6, 0));
    CHECK(torch::allclose(found.cross_entropy, expected.cross_entropy, 1e-6, 0));
  }
}

TEST_CASE("The plain gradient equals finite differences", "[softmax]") {
  const Inputs in(3, 4);
  const auto x = in.logits.to(torch::kDouble);
  const auto slope = gradient(plain_statistics, x, in).flatten();
  const double step = 1e-5;
  for (std::int64_t i = 0; i < x.numel(); i += 53) {
    const auto at = [&](double h) {
      const auto moved = x.clone();
      moved.view(-1)[i] += h;
      return probe(plain_statistics(moved, in.labels, in.contour, in.weight)).item<double>();
    };
    CHECK(slope[i].item<double>() ==
          Approx((at(step) - at(-step)) / (2 * step)).margin(1e-7).epsilon(1e-5));
  }
}

TEST_CASE("Statistics and gradient do not depend on the number of threads, bit by bit",
          "[softmax]") {
  const Inputs in(4, 700);
  const auto with_threads = [&](int count) {
    const test::Threads limited(count);
    const auto s = softmax_statistics(in.logits, in.labels, in.contour, in.weight);
    const auto slope = gradient(fused, in.logits, in).clone();
    return std::vector<torch::Tensor>{s.sums, s.cross_entropy, slope};
  };
  const auto one = with_threads(1);
  for (const int count : {2, 3, 7}) {
    const auto many = with_threads(count);
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i].equal(many[i]));
  }
}

TEST_CASE("A gradient that is kept is not overwritten by the next one", "[softmax]") {
  const Inputs a(3), b(3, 38);
  const auto kept = gradient(fused, a.logits, a), copy = kept.clone();
  const auto other = gradient(fused, a.logits * 2, a);
  CHECK(kept.equal(copy));
  CHECK_FALSE(other.equal(kept));
  CHECK(gradient(fused, b.logits, b).sizes() == b.logits.sizes());
  CHECK(gradient(fused, a.logits, a).equal(copy));
}

TEST_CASE("The statistics refuse gradients of gradients", "[softmax]") {
  const Inputs in(3, 50);
  const torch::Tensor logits = in.logits.detach().clone().requires_grad_();
  const auto s = softmax_statistics(logits, in.labels, in.contour, in.weight);
  CHECK(test::refuses_create_graph(s.sums, logits));
}

TEST_CASE("A label that is no class is refused", "[softmax]") {
  Inputs in(3);
  in.labels[0][0][0][0] = 3;
  CHECK_THROWS_AS(softmax_statistics(in.logits, in.labels, {}, {}), Error);
}

TEST_CASE("Volumes that do not fit the logits are refused", "[softmax]") {
  const Inputs in(3);
  CHECK_THROWS_AS(softmax_statistics(torch::zeros({1, 256, 2, 2, 2}),
                                     torch::zeros({1, 2, 2, 2}, torch::kUInt8), {}, {}),
                  Error);
  CHECK_THROWS_AS(softmax_statistics(in.logits, in.labels.narrow(1, 0, 4), {}, {}), Error);
  CHECK_THROWS_AS(softmax_statistics(in.logits, in.labels, in.contour.to(torch::kFloat), {}),
                  Error);
  CHECK_THROWS_AS(softmax_statistics(in.logits, in.labels, in.contour, in.weight.narrow(0, 0, 1)),
                  Error);
  CHECK_THROWS_AS(softmax_statistics(in.logits.to(torch::kDouble), in.labels, {}, {}), Error);
}
