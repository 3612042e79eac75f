// Winograd's convolution and its gradients against Torch's direct convolution in float64.
#include "convolution/winograd.h"

#include "core/error.h"

#include "support/catch.h"

#include <torch/csrc/autograd/autograd.h>

#include <array>
#include <bit>
#include <cmath>

using seg::winograd_convolution;
using torch::Tensor;

namespace {

struct Case {
  std::int64_t batch, in, out, filter;
  std::array<std::int64_t, 3> size;
};

// Root mean square of a - b over that of b.
double relative_error(const Tensor& a, const Tensor& b) {
  return ((a.to(torch::kFloat64) - b).norm() / b.norm()).item<double>();
}

struct Operands {
  Tensor x, weight, bias, dy;

  explicit Operands(const Case& c) {
    torch::manual_seed(7);
    x = torch::randn({c.batch, c.in, c.size[0], c.size[1], c.size[2]});
    weight = torch::randn({c.out, c.in, c.filter, c.filter, c.filter}) /
             std::sqrt(c.in * std::pow(c.filter, 3));
    bias = torch::randn({c.out});
    dy = torch::randn({c.batch, c.out, c.size[0], c.size[1], c.size[2]})
             .to(torch::kBFloat16);  // what a bfloat16 output hands back
  }
  Operands to(torch::ScalarType type, torch::MemoryFormat format) const {
    Operands o = *this;
    o.x = x.to(type).contiguous(format).detach().requires_grad_(true);
    o.weight = weight.to(type == torch::kFloat64 ? type : torch::kFloat32)
                   .contiguous(format)
                   .detach()
                   .requires_grad_(true);
    o.bias =
        bias.to(type == torch::kFloat64 ? type : torch::kFloat32).detach().requires_grad_(true);
    return o;
  }
};

std::vector<Tensor> gradients(const Tensor& y, const Operands& o) {
  return torch::autograd::grad({y}, {o.x, o.weight, o.bias}, {o.dy.to(y.scalar_type())});
}

}  // namespace

TEST_CASE("Winograd's convolution agrees with the definition in float64", "[winograd]") {
  if (!seg::winograd_available()) SEG_SKIP("this processor has no AVX-512");
  const Case c = GENERATE(Case{1, 16, 16, 5, {8, 12, 16}}, Case{2, 32, 16, 5, {5, 7, 9}},
                          Case{1, 20, 5, 5, {4, 6, 6}}, Case{1, 3, 40, 5, {1, 2, 3}},
                          Case{1, 16, 4, 3, {12, 18, 6}}, Case{2, 33, 48, 3, {7, 5, 13}},
                          Case{1, 64, 64, 3, {9, 20, 17}}, Case{1, 1, 1, 3, {1, 1, 1}});
  INFO("filter " << c.filter << ", channels " << c.in << " -> " << c.out << ", size " << c.size[0]
                 << " " << c.size[1] << " " << c.size[2]);
  const Operands all(c);

  const Operands exact = all.to(torch::kFloat64, torch::MemoryFormat::Contiguous);
  const Tensor expected = torch::conv3d(exact.x, exact.weight, exact.bias, 1, c.filter / 2);
  const auto expected_gradients = gradients(expected, exact);

  const Operands single = all.to(torch::kFloat32, torch::MemoryFormat::ChannelsLast3d);
  const Tensor y = winograd_convolution(single.x, single.weight, single.bias);
  CHECK(y.scalar_type() == torch::kBFloat16);
  CHECK(y.is_contiguous(torch::MemoryFormat::ChannelsLast3d));
  // The error of y is its rounding to bfloat16: few values are on the other side of a tie.
  const double rounded_otherwise = y.ne(expected.to(torch::kFloat32).to(torch::kBFloat16))
                                       .to(torch::kFloat64)
                                       .mean()
                                       .item<double>();
  CHECK(rounded_otherwise * y.numel() <= 0.02 * y.numel() + 1);
  const auto found = gradients(y, single);
  CHECK(found[0].scalar_type() == torch::kFloat32);
  for (int i = 0; i < 3; ++i) CHECK(relative_error(found[i], expected_gradients[i]) < 1e-4);
}

TEST_CASE("Winograd's convolution takes bfloat16 volumes and any memory format, and no bias",
          "[winograd]") {
  if (!seg::winograd_available()) SEG_SKIP("this processor has no AVX-512");
  const std::int64_t filter = GENERATE(3, 5);
  const Operands all({1, 16, 24, filter, {6, 9, 10}});
  Operands half = all.to(torch::kBFloat16, torch::MemoryFormat::Contiguous);
  const Operands exact = [&] {
    Operands o = all;
    o.x = half.x.detach();  // rounded
    return o.to(torch::kFloat64, torch::MemoryFormat::Contiguous);
  }();
  const Tensor expected = torch::conv3d(exact.x, exact.weight, {}, 1, filter / 2),
               y = winograd_convolution(half.x, half.weight);
  CHECK(relative_error(y, expected) < 4e-3);
  const auto expected_gradients =
      torch::autograd::grad({expected}, {exact.x, exact.weight}, {all.dy.to(torch::kFloat64)});
  const auto found = torch::autograd::grad({y}, {half.x, half.weight}, {all.dy});
  CHECK(found[0].scalar_type() == torch::kBFloat16);
  CHECK(relative_error(found[0], expected_gradients[0]) < 4e-3);
  CHECK(relative_error(found[1], expected_gradients[1]) < 1e-4);
}

TEST_CASE("Winograd's convolution hands on what is not a number", "[winograd]") {
  if (!seg::winograd_available()) SEG_SKIP("this processor has no AVX-512");
  const Operands all({1, 16, 16, 5, {8, 8, 8}});
  Tensor x = all.x.clone();
  const std::uint32_t bits = GENERATE(0x7fc00000u, 0x7fffffffu, 0xffffffffu);
  x.index_put_({0, 3, 4, 4, 4}, std::bit_cast<float>(bits));
  const Tensor bad = winograd_convolution(x, all.weight).isnan()[0].any(0);
  CHECK(bad[4][4][4].item<bool>());
  CHECK(bad[2][6][2].item<bool>());  // within the filter's reach
}

TEST_CASE("Winograd's sums do not depend on the number of threads by more than rounding",
          "[winograd]") {
  if (!seg::winograd_available()) SEG_SKIP("this processor has no AVX-512");
  const Operands all({1, 16, 16, 5, {16, 16, 16}});
  const int before = at::get_num_threads();
  std::vector<std::vector<Tensor>> results;
  for (const int threads : {1, 2, 5}) {
    at::set_num_threads(threads);
    const Operands o = all.to(torch::kBFloat16, torch::MemoryFormat::ChannelsLast3d);
    const Tensor y = winograd_convolution(o.x, o.weight, o.bias);
    results.push_back(gradients(y, o));
    results.back().push_back(y.detach());
  }
  at::set_num_threads(before);
  for (const auto& result : {results[1], results[2]}) {
    CHECK(torch::equal(result[3], results[0][3]));
    CHECK(torch::equal(result[0], results[0][0]));
    CHECK(relative_error(result[1], results[0][1].to(torch::kFloat64)) < 1e-4);
    CHECK(relative_error(result[2], results[0][2].to(torch::kFloat64)) < 1e-5);
  }
}

TEST_CASE("Winograd's weight gradient stays exact over many tiles", "[winograd]") {
  if (!seg::winograd_available()) SEG_SKIP("this processor has no AVX-512");
  const Operands all({6, 16, 16, 3, {36, 36, 36}});
  const Operands single = all.to(torch::kFloat32, torch::MemoryFormat::ChannelsLast3d);
  const auto found = gradients(winograd_convolution(single.x, single.weight, single.bias), single);
  const Operands exact = all.to(torch::kFloat64, torch::MemoryFormat::Contiguous);
  const auto expected = gradients(torch::conv3d(exact.x, exact.weight, exact.bias, 1, 1), exact);
  CHECK(relative_error(found[1], expected[1]) < 1e-4);
  CHECK(relative_error(found[2], expected[2]) < 1e-4);
}

TEST_CASE("Winograd's sums of wide layers, taken in blocks of channels, are those of one thread",
          "[winograd]") {
  if (!seg::winograd_available()) SEG_SKIP("this processor has no AVX-512");
  const Operands all({1, 400, 330, 3, {6, 6, 24}});
  const int before = at::get_num_threads();
  std::vector<std::vector<Tensor>> results;
  for (const int threads : {1, 6}) {
    at::set_num_threads(threads);
    const Operands o = all.to(torch::kBFloat16, torch::MemoryFormat::ChannelsLast3d);
    results.push_back(gradients(winograd_convolution(o.x, o.weight, o.bias), o));
  }
  at::set_num_threads(before);
  for (int i = 0; i < 3; ++i)
    CHECK(relative_error(results[1][i], results[0][i].to(torch::kFloat64)) < 1e-4);
}

TEST_CASE("Winograd's gradients are there for what asks for one, from an expanded gradient too",
          "[winograd]") {
  if (!seg::winograd_available()) SEG_SKIP("this processor has no AVX-512");
  const int asks = GENERATE(1, 2, 4, 7);
  const Operands all({1, 16, 16, 3, {6, 7, 8}});
  const auto run = [&](bool winograd) {
    Operands o = winograd ? all.to(torch::kFloat32, torch::MemoryFormat::ChannelsLast3d)
                          : all.to(torch::kFloat64, torch::MemoryFormat::Contiguous);
    const std::array<Tensor, 3> each = {o.x, o.weight, o.bias};
    for (int i = 0; i < 3; ++i) each[i].set_requires_grad((asks >> i & 1) != 0);
    (winograd ? winograd_convolution(o.x, o.weight, o.bias)
              : torch::conv3d(o.x, o.weight, o.bias, 1, 1))
        .sum()
        .backward();
    return each;
  };
  const auto found = run(true), expected = run(false);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(found[i].grad().defined() == ((asks >> i & 1) != 0));
    if (found[i].grad().defined())
      CHECK(relative_error(found[i].grad(), expected[i].grad()) < 1e-4);
  }
}

TEST_CASE("Winograd's convolution of nothing is nothing, and of what it does not take an error",
          "[winograd]") {
  if (!seg::winograd_available()) SEG_SKIP("this processor has no AVX-512");
  const Tensor weight = torch::randn({16, 16, 3, 3, 3}).requires_grad_(true);
  const Tensor none = winograd_convolution(torch::zeros({0, 16, 4, 4, 4}), weight);
  CHECK(none.sizes() == torch::IntArrayRef({0, 16, 4, 4, 4}));
  none.sum().backward();
  CHECK(weight.grad().abs().max().item<float>() == 0);
  CHECK(winograd_convolution(torch::zeros({1, 16, 0, 4, 4}), weight).numel() == 0);
  CHECK_THROWS_AS(winograd_convolution(torch::zeros({1, 32, 4, 4, 4}), weight), seg::Error);
  CHECK_THROWS_AS(winograd_convolution(torch::zeros({1, 16, 4, 4, 4}, torch::kFloat16), weight),
                  seg::Error);
  CHECK_THROWS_AS(winograd_convolution(torch::zeros({1, 16, 4, 4, 4}), weight.to(torch::kBFloat16)),
                  seg::Error);
  CHECK_THROWS_AS(winograd_convolution(torch::zeros({1, 16, 4, 4, 4}), weight, torch::zeros({8})),
                  seg::Error);
}
