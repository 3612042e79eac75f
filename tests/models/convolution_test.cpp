// The networks' convolution under autocast to bfloat16: right where oneDNN's weight gradient is
// not, and by Winograd where that pays.
#include "models/convolution.h"

#include "convolution/winograd.h"
#include "support/autocast.h"

#include "support/catch.h"

#include <ATen/cpu/Utils.h>

#include <cmath>

namespace {

namespace nn = torch::nn;
using torch::Tensor;

struct Case {
  nn::Conv3dOptions options;
  std::vector<std::int64_t> x;
};

// Memory given back full of NaN: what an operation leaves unwritten shows.
void poison() {
  std::vector<Tensor> blocks;
  for (int size = 8; size <= 20; ++size)
    for (int i = 0; i < 20; ++i)
      blocks.push_back(torch::full({std::int64_t{1} << size}, std::nanf("")));
}

// What rounding to bfloat16 adds to the relative error of a volume (norm over norm). It has 8
// significant bits, so rounding to nearest moves a value by at most 2^-8 of it, and all values of a
// volume together by at most 2^-8 of its norm; independent roundings add up by squares. Sums in
// float32, however long, add nothing to speak of: n terms, about sqrt(n) 2^-24.
double rounded(int times) { return std::sqrt(times) / 256; }

double relative_error(const Tensor& a, const Tensor& b) {
  return ((a.to(b.scalar_type()) - b).norm() / b.norm()).item<double>();
}

}  // namespace

TEST_CASE("the networks' convolution in bfloat16 has the gradients of float64, small volumes too",
          "[models]") {
  using O = nn::Conv3dOptions;
  const Case c = GENERATE(Case{O(64, 64, 5).padding(2).bias(false), {1, 64, 4, 6, 6}},
                          Case{O(16, 32, 5).padding(2), {1, 16, 3, 5, 5}},
                          Case{O(64, 64, 3).padding(1), {1, 64, 2, 8, 8}},
                          Case{O(64, 64, 3).padding(1).stride(2), {1, 64, 16, 1, 16}},
                          Case{O(4, 64, 7).padding(3).stride(2).bias(false), {1, 4, 4, 8, 8}},
                          Case{O(16, 16, 5).padding(2), {1, 16, 16, 16, 16}},
                          Case{O(32, 16, 3).padding(1), {2, 32, 24, 24, 12}},
                          Case{O(16, 16, 3).padding(2).dilation(2), {1, 16, 12, 12, 12}},
                          Case{O(16, 16, 3), {1, 16, 12, 12, 12}});
  torch::manual_seed(3);
  seg::Convolution convolution(c.options);
  const Tensor x = torch::randn(c.x)
                       .to(torch::kBFloat16)
                       .contiguous(torch::MemoryFormat::ChannelsLast3d)
                       .requires_grad_(true);

  Tensor y;
  {
    const seg::test::Autocast autocast;
    y = convolution->forward(x);
  }
  CHECK(y.scalar_type() == torch::kBFloat16);
  const Tensor dy = torch::randn_like(y);
  poison();
  std::vector<Tensor> operands = {x, convolution->weight};
  if (c.options.bias()) operands.push_back(convolution->bias);
  const auto found = torch::autograd::grad({y}, operands, {dy});

  nn::Conv3d plain(c.options);
  plain->weight = convolution->weight.detach().to(torch::kFloat64).requires_grad_(true);
  if (c.options.bias())
    plain->bias = convolution->bias.detach().to(torch::kFloat64).requires_grad_(true);
  const Tensor exact = x.detach().to(torch::kFloat64).requires_grad_(true),
               expected = plain->forward(exact);
  std::vector<Tensor> exact_operands = {exact, plain->weight};
  if (c.options.bias()) exact_operands.push_back(plain->bias);
  const auto gradients =
      torch::autograd::grad({expected}, exact_operands, {dy.to(torch::kFloat64)});
  // x and the gradient of y are bfloat16 already. Rounded are the weights and y; the weights and
  // the gradient of x; the gradient of weights or bias.
  CHECK(relative_error(y.detach(), expected.detach()) < rounded(2));
  CHECK(relative_error(found[0], gradients[0]) < rounded(2));
  for (std::size_t i = 1; i < found.size(); ++i)
    CHECK(relative_error(found[i], gradients[i]) < rounded(1));
}

TEST_CASE("the networks' convolution takes Winograd's way in bfloat16 only, and where it pays",
          "[models]") {
  if (!seg::winograd_available() || at::cpu::init_amx())
    SEG_SKIP("this processor has no AVX-512, or AMX");
  seg::Convolution convolution(nn::Conv3dOptions(16, 16, 5).padding(2));
  const Tensor x =
      torch::randn({1, 16, 16, 16, 16}).contiguous(torch::MemoryFormat::ChannelsLast3d);
  const auto way = [&](const Tensor& image) {
    return std::string(convolution->forward(image).grad_fn()->name());
  };
  CHECK(way(x).find("Winograd") == std::string::npos);
  const seg::test::Autocast autocast;
  CHECK(way(x).find("Winograd") != std::string::npos);
  CHECK(way(x.contiguous()).find("Winograd") == std::string::npos);
  CHECK(way(x.slice(2, 0, 4).contiguous(torch::MemoryFormat::ChannelsLast3d)).find("Winograd") ==
        std::string::npos);
}

TEST_CASE("what Winograd's way does not fit goes Torch's, with Torch's errors", "[models]") {
  using O = nn::Conv3dOptions;
  torch::manual_seed(5);
  const Tensor x =
      torch::randn({1, 16, 24, 24, 24}).contiguous(torch::MemoryFormat::ChannelsLast3d);
  const std::vector<O> all = {O(16, 16, 3).padding(1).padding_mode(torch::kCircular),
                              O(16, 16, 3).padding(1).padding_mode(torch::kReflect),
                              O(16, 16, 3).padding(1).groups(2),
                              O(16, 16, 3).padding(1).stride(2),
                              O(16, 16, 3).padding(2).dilation(2),
                              O(16, 16, {3, 3, 1}).padding({1, 1, 0}),
                              O(16, 16, 3).padding(torch::kSame),
                              O(16, 16, 3).padding(2)};
  const O options = all[GENERATE(range(0, 8))];
  seg::Convolution convolution(options);
  nn::Conv3d plain(options);
  plain->weight = convolution->weight;
  plain->bias = convolution->bias;
  const seg::test::Autocast autocast;
  const Tensor y = convolution->forward(x), expected = plain->forward(x);
  CHECK(y.sizes() == expected.sizes());
  // The weights rounded, or not where this processor convolves in float32, and y, twice.
  CHECK(relative_error(y.to(torch::kFloat32).detach(), expected.to(torch::kFloat32).detach()) <
        rounded(3));
  CHECK_THROWS_AS(convolution->forward(torch::randn({1, 32, 24, 24, 24})), c10::Error);
}
