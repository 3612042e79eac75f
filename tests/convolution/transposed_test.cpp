// The transposed convolution: Torch's, with a gradient of the bias of our own.
#include "convolution/transposed.h"

#include "convolution/reference.h"

#include "support/catch.h"
#include "support/create_graph.h"

namespace seg {
namespace {

using torch::Tensor;

struct TransposedCase {
  std::int64_t batch, in, out, r;
  std::vector<std::int64_t> size;
};

const std::vector<TransposedCase> transposed_cases = {{1, 32, 16, 2, {5, 6, 7}},
                                                      {2, 3, 5, 2, {1, 1, 1}},
                                                      {1, 16, 33, 2, {4, 1, 9}},
                                                      {3, 8, 1, 2, {2, 3, 2}},
                                                      {1, 7, 20, 3, {3, 3, 3}}};

// How the gradient of the output lies in memory; part: of one that was concatenated with another.
enum class Lies { contiguous, channels_last, part };

// Up to 256 rows are summed up in float32 about the first of them, which may be far from the rest.
constexpr double most_error = 2e-5;

struct TransposedOperands {
  Tensor x, weight, bias, dy;
  std::int64_t r;

  TransposedOperands(const TransposedCase& c, torch::ScalarType type, Lies lies = Lies::contiguous)
      : r(c.r) {
    torch::manual_seed(3);
    x = torch::randn({c.batch, c.in, c.size[0], c.size[1], c.size[2]}).to(type);
    x = x.contiguous(test::channels_last).requires_grad_(true);
    weight = torch::randn({c.in, c.out, r, r, r}).requires_grad_(true);
    bias = torch::randn({c.out}).requires_grad_(true);
    dy = torch::randn({c.batch, c.out, r * c.size[0], r * c.size[1], r * c.size[2]}).to(type);
    if (lies == Lies::channels_last) dy = dy.contiguous(test::channels_last);
    if (lies == Lies::part)
      dy = torch::cat({dy, dy}, 1).contiguous(test::channels_last).narrow(1, 0, c.out);
  }

  // The gradients of x, weight and bias.
  std::vector<Tensor> gradients(const Tensor& y) const {
    return torch::autograd::grad({y}, {x, weight, bias}, {dy});
  }
  Tensor by_ours(torch::ScalarType type) const {
    return transposed_convolution(x, weight, bias, {r, r, r}, type);
  }
  // The largest error of a sum over dy, as a part of what it would be were its terms' signs random.
  double bias_error(const Tensor& found) const {
    const Tensor exact = dy.to(torch::kFloat64).sum({0, 2, 3, 4}),
                 size = dy.to(torch::kFloat64).square().sum({0, 2, 3, 4}).sqrt();
    return ((found.to(torch::kFloat64) - exact).abs() / size).max().item<double>();
  }
};

}  // namespace

TEST_CASE("the transposed convolution is Torch's to the bit, but for its bias's gradient",
          "[convolution]") {
  const TransposedCase c = GENERATE(from_range(transposed_cases));
  const auto lies = GENERATE(Lies::contiguous, Lies::channels_last, Lies::part);
  const TransposedOperands o(c, torch::kFloat32, lies);
  const Tensor theirs = torch::conv_transpose3d(o.x, o.weight, o.bias, o.r),
               ours = o.by_ours(torch::kFloat32);
  CHECK(torch::equal(ours, theirs));
  const auto expected = o.gradients(theirs), found = o.gradients(ours);
  CHECK(torch::equal(found[0], expected[0]));
  CHECK(torch::equal(found[1], expected[1]));
  CHECK(o.bias_error(found[2]) < most_error);
}

TEST_CASE("the transposed convolution in bfloat16 sums its bias's gradient up in full",
          "[convolution]") {
  const TransposedCase c = GENERATE(from_range(transposed_cases));
  const auto lies = GENERATE(Lies::contiguous, Lies::channels_last, Lies::part);
  const TransposedOperands o(c, torch::kBFloat16, lies);
  const Tensor y = o.by_ours(torch::kBFloat16);
  CHECK(y.scalar_type() == torch::kBFloat16);
  const Tensor exact = torch::conv_transpose3d(o.x.detach().to(torch::kFloat64),
                                               o.weight.detach().to(torch::kFloat64),
                                               o.bias.detach().to(torch::kFloat64), o.r);
  CHECK(test::relative_error(y.detach(), exact) < 1. / 128);
  const auto found = o.gradients(y);
  const Tensor theirs =
      torch::conv_transpose3d(o.x, o.weight.to(torch::kBFloat16), o.bias.to(torch::kBFloat16), o.r);
  CHECK(torch::equal(y, theirs));
  const auto expected = o.gradients(theirs);
  CHECK(found[0].scalar_type() == torch::kBFloat16);
  CHECK(torch::equal(found[0], expected[0]));
  CHECK(found[1].scalar_type() == torch::kFloat32);
  CHECK(torch::equal(found[1], expected[1]));
  CHECK(o.bias_error(found[2]) < most_error);
}

TEST_CASE("a transposed convolution's operands learn each by itself", "[convolution]") {
  const int which = GENERATE(0, 1, 2);
  const TransposedOperands o(transposed_cases[0], torch::kFloat32);
  const std::vector<Tensor> all = {o.x, o.weight, o.bias};
  for (int i = 0; i < 3; ++i) Tensor(all[i]).requires_grad_(i == which);
  const auto gradient = [&](const Tensor& y) {
    return torch::autograd::grad({y}, {all[which]}, {o.dy})[0];
  };
  const Tensor theirs = gradient(torch::conv_transpose3d(o.x, o.weight, o.bias, o.r));
  CHECK(torch::allclose(gradient(o.by_ours(torch::kFloat32)), theirs, 1e-4, 1e-3));
}

TEST_CASE("the transposed convolution refuses gradients of gradients", "[convolution]") {
  const TransposedOperands o(transposed_cases[0], torch::kFloat32);
  CHECK(test::refuses_create_graph(o.by_ours(torch::kFloat32), o.x));
}

}  // namespace seg
