// Normalisation by running statistics in one pass on a CPU, by each kernel set, against Torch's
// operations in float64.
#include "normalisation/finish_tensors.h"
#include "support/catch.h"

namespace seg {
namespace {

constexpr auto last = torch::MemoryFormat::ChannelsLast3d;

Normalisation random_normalisation(std::int64_t channels, bool bias) {
  Normalisation n;
  n.training = false;
  if (bias) n.bias = torch::randn({channels});
  n.scale = torch::randn({channels});  // of either sign
  if (channels > 1) n.scale[0] = 0;
  n.shift = torch::randn({channels});
  n.running_mean = torch::randn({channels});
  n.running_var = torch::rand({channels}) + 0.1;
  return n;
}

torch::Tensor expected_of(const torch::Tensor& x, Normalisation n) {
  for (torch::Tensor* t : {&n.bias, &n.scale, &n.shift, &n.running_mean, &n.running_var})
    if (t->defined()) *t = t->to(torch::kFloat64);
  return plain_normalise(x.to(torch::kFloat64).clone(), n);
}

double error_of(const torch::Tensor& found, const torch::Tensor& expected) {
  return ((found.to(torch::kFloat64) - expected).norm() / expected.norm()).item<double>();
}

}  // namespace

TEST_CASE("a finish agrees with Torch's operations in float64", "[normalisation]") {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(8);
  const std::int64_t channels = GENERATE(1, 5, 16, 40);
  const auto type = GENERATE(torch::kFloat32, torch::kBFloat16);
  const auto format =
      GENERATE(torch::MemoryFormat::ChannelsLast3d, torch::MemoryFormat::Contiguous);
  const auto after =
      GENERATE(Activation::none, Activation::relu, Activation::leaky_relu, Activation::elu);
  const bool relu_first = GENERATE(false, true), bias = GENERATE(false, true);
  Normalisation n = random_normalisation(channels, bias);
  n.relu_first = relu_first;
  n.after = after;
  const torch::Tensor x = (3 * torch::randn({2, channels, 3, 5, 7})).to(type).contiguous(format);
  const torch::Tensor kept = x.clone(), expected = expected_of(x, n);
  REQUIRE(is_finish(n));
  const FinishNumbers numbers(n, channels);
  // Rounded to bfloat16 once: by 2^-8 of each value at most.
  const double most = type == torch::kBFloat16 ? 1.0 / 256 : 1e-6;
  for (const auto& set : all_finish_kernels()) {
    INFO(set.name << ", " << channels << " channels, " << toString(type));
    const torch::Tensor y = finished(x, numbers.finish, false, set.kernels);
    CHECK(y.strides() == x.strides());
    CHECK(torch::equal(x, kept));
    CHECK(error_of(y, expected) < most);
    const torch::Tensor changed = x.clone();
    CHECK(finished(changed, numbers.finish, true, set.kernels).data_ptr() == changed.data_ptr());
    CHECK(torch::equal(changed, y));
  }
  CHECK(error_of(normalise(x.clone(), n), expected) < most);
}

TEST_CASE("a finish keeps what is not a number, and infinity", "[normalisation]") {
  const torch::NoGradGuard no_grad;
  for (const auto after :
       {Activation::none, Activation::relu, Activation::leaky_relu, Activation::elu})
    for (const bool relu_first : {false, true}) {
      Normalisation n = random_normalisation(16, false);
      n.scale.fill_(2);
      n.after = after;
      n.relu_first = relu_first;
      torch::Tensor x = torch::randn({1, 16, 1, 2, 2}).contiguous(last);
      x[0][3][0][1][0] = NAN;
      x[0][4][0][1][1] = INFINITY;
      x[0][5][0][0][0] = -INFINITY;
      const torch::Tensor expected = expected_of(x, n).to(torch::kFloat32);
      const FinishNumbers numbers(n, 16);
      for (const auto& set : all_finish_kernels()) {
        INFO(set.name);
        const torch::Tensor y = finished(x, numbers.finish, false, set.kernels);
        CHECK(torch::allclose(y, expected, 1e-4, 1e-5, /*equal_nan=*/true));
      }
    }
}

TEST_CASE("normalise changes its input in evaluation where that is allowed alone",
          "[normalisation]") {
  const torch::NoGradGuard no_grad;
  Normalisation n = random_normalisation(4, false);
  const torch::Tensor x = torch::randn({1, 4, 2, 2, 2}), kept = x.clone();
  normalise(x, n);
  CHECK(torch::equal(x, kept));
  n.in_place = true;
  CHECK(normalise(x, n).data_ptr() == x.data_ptr());
  CHECK_FALSE(torch::equal(x, kept));
}

}  // namespace seg
