// What our own convolutions take and what they refuse, and what autograd asks of them.
#include "convolution/reference.h"
#include "core/error.h"

#include "support/catch.h"
#include "support/create_graph.h"

#include <limits>

namespace seg {
namespace {

using test::ConvolutionCase;
using test::ConvolutionOperands;
using torch::Tensor;

const std::vector<ConvolutionCase> kinds = {
    {2, {3}, 5, 3, {4, 5, 6}}, {2, {16}, 20, 3, {7, 6, 9}}, {1, {16, 17}, 48, 5, {3, 4, 5}}};

std::vector<Tensor> inputs_of(const ConvolutionOperands& o) {
  std::vector<Tensor> inputs = {o.weight, o.bias};
  inputs.insert(inputs.end(), o.xs.begin(), o.xs.end());
  return inputs;
}

bool same(const std::vector<Tensor>& some, const std::vector<Tensor>& others) {
  bool equal = some.size() == others.size();
  for (std::size_t i = 0; equal && i < some.size(); ++i) equal = torch::equal(some[i], others[i]);
  return equal;
}

// Every second number of a volume twice as wide.
Tensor strided(const Tensor& t) {
  const Tensor twice = torch::stack({t.contiguous(), torch::zeros_like(t.contiguous())}, -1);
  return twice.select(-1, 0);
}

}  // namespace

TEST_CASE("our convolutions take operands in any memory format", "[convolution]") {
  const ConvolutionCase c = GENERATE(from_range(kinds));
  const auto type = GENERATE(torch::kFloat32, torch::kBFloat16);
  INFO(c);
  const ConvolutionOperands o(c, type, type);
  const auto expected = test::by_ours(o, type).all();
  // with_gradients() clones, which keeps strides of dense tensors only.
  const auto found = [&](const auto& as) {
    return test::with_gradients(o,
                                [&](auto xs, const Tensor& weight, const Tensor& bias) {
                                  for (Tensor& x : xs) x = as(x);
                                  return convolution(xs, as(weight), as(bias), type);
                                })
        .all();
  };
  CHECK(same(found([](const Tensor& t) { return t.contiguous(); }), expected));
  CHECK(same(found(strided), expected));
  CHECK(same(
      found([](const Tensor& t) { return t.dim() == 5 ? t.contiguous(test::channels_last) : t; }),
      expected));
}

TEST_CASE("our convolution of parts is that of the volume they make up", "[convolution]") {
  const ConvolutionCase c = GENERATE(ConvolutionCase{1, {16, 17}, 48, 5, {3, 4, 5}},
                                     ConvolutionCase{2, {32, 16, 16, 3}, 20, 3, {9, 8, 7}});
  const auto type = GENERATE(torch::kFloat32, torch::kBFloat16);
  const ConvolutionOperands parts(c, torch::kFloat32, type);
  ConvolutionOperands whole = parts;
  whole.xs = {torch::cat(parts.xs, 1).contiguous(test::channels_last)};
  const test::Convolved found = test::by_ours(parts, type), expected = test::by_ours(whole, type);
  CHECK(torch::equal(found.y, expected.y));
  CHECK(torch::equal(found.weight, expected.weight));
  CHECK(torch::equal(found.bias, expected.bias));
  CHECK(torch::equal(torch::cat(found.xs, 1), expected.xs[0]));
}

TEST_CASE("our convolutions without bias are those with a bias of zeros", "[convolution]") {
  const ConvolutionCase c = GENERATE(from_range(kinds));
  const auto type = GENERATE(torch::kFloat32, torch::kBFloat16);
  const ConvolutionOperands o(c);
  CHECK(torch::equal(convolution(o.xs, o.weight, {}, type),
                     convolution(o.xs, o.weight, torch::zeros(c.out), type)));
}

TEST_CASE("our convolutions have gradients for what asks for one", "[convolution]") {
  const ConvolutionCase c = GENERATE(from_range(kinds));
  const ConvolutionOperands o(c);
  const auto every = test::by_ours(o, torch::kFloat32).all();
  const auto count = inputs_of(o).size();
  for (unsigned asks = 1; asks < 1u << count; ++asks) {
    INFO(c << ", asks " << asks);
    const auto inputs = inputs_of(o.each([](const Tensor& t) { return t.clone(); }));
    for (std::size_t i = 0; i < count; ++i) inputs[i].set_requires_grad((asks >> i & 1) != 0);
    const std::vector<Tensor> xs(inputs.begin() + 2, inputs.end());
    convolution(xs, inputs[0], inputs[1], torch::kFloat32).backward(o.dy);
    for (std::size_t i = 0; i < count; ++i) {
      const Tensor& gradient = inputs[i].grad();
      REQUIRE(gradient.defined() == ((asks >> i & 1) != 0));
      if (gradient.defined()) CHECK(torch::equal(gradient, every[1 + i]));
    }
  }
  CHECK_FALSE(convolution(o.xs, o.weight, o.bias, torch::kFloat32).requires_grad());
}

TEST_CASE("our convolutions take the gradient of y in any memory format, expanded too",
          "[convolution]") {
  const ConvolutionCase c = GENERATE(from_range(kinds));
  INFO(c);
  ConvolutionOperands o(c);
  const auto expected = test::by_ours(o, torch::kFloat32).all();
  o.dy = strided(o.dy);
  CHECK(same(test::by_ours(o, torch::kFloat32).all(), expected));
  o.dy = torch::ones({1}).expand_as(o.dy);
  const test::ExactConvolution exact(o);
  for (const double error : exact.errors(test::by_ours(o, torch::kFloat32))) CHECK(error < 5e-6);
}

TEST_CASE("what is not a number spreads through our convolutions as far as the filter reaches",
          "[convolution]") {
  const ConvolutionCase c = GENERATE(from_range(kinds));
  const auto type = GENERATE(torch::kFloat32, torch::kBFloat16);
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN(),
               std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity());
  const int where = GENERATE(range(0, 3));
  INFO(c << ", " << toString(type) << ", " << bad << ", in x, dy, weight: " << where);
  const ConvolutionOperands o(c, type, type);
  std::array operands = {o.xs.back(), o.dy, o.weight};
  operands[where].index_put_({0, 2, 1, 2, 0}, bad);
  const auto found = test::by_ours(o, type).all();
  const auto exact = test::by_torch(o.each([](const Tensor& t) { return t.to(torch::kDouble); }));
  const auto expected = exact.all();
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("y, weight, bias, xs: " << i);
    CHECK_FALSE((found[i].isfinite() & ~expected[i].isfinite()).any().item<bool>());
  }
  // And not to another sample.
  if (c.batch > 1 && where < 2)
    for (const Tensor& volume : {found[0], found[3]})
      CHECK(volume[1].isfinite().all().item<bool>());
}

TEST_CASE("our convolution of nothing is nothing, with gradients of zeros", "[convolution]") {
  const std::vector<std::int64_t> channels =
      GENERATE(std::vector<std::int64_t>{2}, std::vector<std::int64_t>{16, 16});
  const std::array<std::int64_t, 4> size =
      GENERATE(std::array<std::int64_t, 4>{0, 4, 5, 6}, std::array<std::int64_t, 4>{2, 0, 5, 6},
               std::array<std::int64_t, 4>{1, 4, 5, 0});
  const auto type = GENERATE(torch::kFloat32, torch::kBFloat16);
  const ConvolutionCase c{size[0], channels, 20, 3, {size[1], size[2], size[3]}};
  INFO(c);
  const test::Convolved found = test::by_ours(ConvolutionOperands(c, type, type), type);
  CHECK(found.y.sizes() == torch::IntArrayRef({size[0], 20, size[1], size[2], size[3]}));
  CHECK(found.y.scalar_type() == type);
  CHECK(found.weight.sizes() == torch::IntArrayRef({20, c.channels(), 3, 3, 3}));
  CHECK(found.weight.abs().max().item<float>() == 0);
  CHECK(found.bias.abs().max().item<float>() == 0);
  for (std::size_t i = 0; i < channels.size(); ++i)
    CHECK(found.xs[i].sizes() ==
          torch::IntArrayRef({size[0], channels[i], size[1], size[2], size[3]}));
}

TEST_CASE("our convolutions refuse gradients of gradients", "[convolution]") {
  const ConvolutionCase c = GENERATE(from_range(kinds));
  const ConvolutionOperands o(c);
  const Tensor x = o.xs[0].requires_grad_();
  CHECK(test::refuses_create_graph(convolution(o.xs, o.weight, o.bias, torch::kFloat32), x));
}

TEST_CASE("our convolutions refuse what they do not take", "[convolution]") {
  const auto x = [](std::int64_t channels) { return torch::zeros({1, channels, 4, 4, 4}); };
  const auto w = [](std::int64_t in, std::int64_t r) { return torch::zeros({8, in, r, r, r}); };
  const auto refuses = [](const std::vector<Tensor>& xs, const Tensor& weight,
                          const Tensor& bias = {}, torch::ScalarType type = torch::kFloat32) {
    CHECK_THROWS_AS(convolution(xs, weight, bias, type), Error);
    if (!bias.defined()) CHECK_FALSE(convolution_pays(xs, weight, torch::kFloat32));
  };
  refuses({}, w(16, 3));
  refuses({x(32)}, w(16, 3));
  refuses({x(16), x(16)}, w(16, 3));
  refuses({x(20), x(16)}, w(36, 3));
  refuses({x(2), x(2)}, w(4, 3));
  refuses({x(16), x(16).narrow(4, 0, 3)}, w(32, 3));
  refuses({x(16), torch::zeros({2, 16, 4, 4, 4})}, w(32, 3));
  refuses({x(16)[0]}, w(16, 3));
  for (const std::int64_t taps : {1, 2, 4, 7}) {
    refuses({x(16)}, w(16, taps));
    refuses({x(1)}, w(1, taps));
  }
  refuses({x(16)}, w(16, 3).narrow(2, 0, 1));
  refuses({x(16)}, w(16, 3).narrow(4, 0, 1));
  refuses({x(16)}, w(16, 3)[0]);
  refuses({x(16)}, torch::zeros({0, 16, 3, 3, 3}));
  refuses({x(16).to(torch::kFloat16)}, w(16, 3));
  refuses({x(16).to(torch::kFloat64)}, w(16, 3));
  refuses({x(16)}, w(16, 3).to(torch::kBFloat16));
  refuses({x(16)}, w(16, 3).to(torch::kFloat64));
  refuses({x(16).to(torch::kMeta)}, w(16, 3));
  refuses({x(16)}, w(16, 3).to(torch::kMeta));
  refuses({x(16)}, w(16, 3), torch::zeros(7));
  refuses({x(16)}, w(16, 3), torch::zeros({8, 1}));
  refuses({x(16)}, w(16, 3), torch::zeros(8, torch::kFloat64));
  refuses({x(16)}, w(16, 3), torch::zeros(8, torch::kMeta));
  refuses({x(16)}, w(16, 3), torch::zeros(8), torch::kFloat16);
  refuses({x(16)}, w(16, 3), torch::zeros(8), torch::kFloat64);
}

TEST_CASE("where our convolutions pay", "[convolution]") {
  const auto pays = [](std::int64_t channels, std::int64_t size, std::int64_t r,
                       torch::ScalarType type = torch::kFloat32) {
    const Tensor x = torch::zeros({1, channels, size, size, size});
    return convolution_pays(x, torch::zeros({16, channels, r, r, r}), type);
  };
  if (!pays(16, 24, 3)) SEG_SKIP("this processor has no AVX2");
  CHECK(pays(16, 24, 5));
  CHECK(pays(1, 24, 3));
  CHECK(pays(3, 24, 3));
  CHECK_FALSE(pays(1, 24, 5));  // too many taps for the definition
  CHECK_FALSE(pays(4, 24, 3));  // too many channels for the definition, too few for Winograd
  CHECK_FALSE(pays(16, 4, 3));  // few tiles
  CHECK_FALSE(pays(16, 6, 5));  // 27 tiles: enough for 3x3x3 only
  CHECK(pays(16, 10, 3));       // likewise
  CHECK_FALSE(pays(1, 24, 3, torch::kBFloat16));
  CHECK_FALSE(pays(16, 0, 3));
  CHECK_FALSE(pays(16, 24, 7));
}

}  // namespace seg
