// The networks' convolution: right in bfloat16 where oneDNN's weight gradient is not, our own where
// that pays, and Torch's alone where training.convolution is exact.
#include "models/convolution.h"

#include "convolution/winograd.h"
#include "core/processor.h"
#include "support/autocast.h"

#include "support/catch.h"

#include <ATen/cpu/Utils.h>

#include <cmath>
#include <optional>

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

struct ExactConvolutions {
  ExactConvolutions() { seg::set_exact_convolutions(true); }
  ~ExactConvolutions() { seg::set_exact_convolutions(false); }
  ExactConvolutions(const ExactConvolutions&) = delete;
  ExactConvolutions& operator=(const ExactConvolutions&) = delete;
};

Tensor last_format(const Tensor& x) { return x.contiguous(torch::MemoryFormat::ChannelsLast3d); }

// Of one channel every format is the same memory: as to_device() of inference/compute.h.
Tensor one_channel(const Tensor& x) {
  const auto s = x.sizes();
  return x.as_strided(s, {s[2] * s[3] * s[4], 1, s[3] * s[4], s[4], 1});
}

bool is_ours(const Tensor& y) {
  return std::string(y.grad_fn()->name()).find("OwnConvolution") != std::string::npos;
}

// Whether bfloat16 has tiles that Winograd's way is no faster than.
bool has_tiles_of_amx() {
  return seg::instruction_set() >= seg::InstructionSet::amx && at::cpu::init_amx();
}

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

TEST_CASE("the networks' convolution is our own where that pays", "[models]") {
  if (!seg::winograd_available()) SEG_SKIP("this processor has no AVX2");
  seg::Convolution convolution(nn::Conv3dOptions(16, 16, 5).padding(2)),
      first(nn::Conv3dOptions(1, 16, 3).padding(1)), few(nn::Conv3dOptions(8, 16, 3).padding(1)),
      pointwise(nn::Conv3dOptions(16, 16, 1));
  const Tensor x = last_format(torch::randn({1, 16, 16, 16, 16})),
               image = one_channel(torch::randn({1, 1, 16, 16, 16})), eight = x.narrow(1, 0, 8),
               low = x.narrow(2, 0, 2).narrow(3, 0, 4).narrow(4, 0, 4);
  CHECK(is_ours(convolution->forward(x)));
  CHECK(is_ours(first->forward(image)));
  CHECK_FALSE(is_ours(convolution->forward(x.contiguous())));
  CHECK_FALSE(is_ours(convolution->forward(last_format(low))));
  CHECK_FALSE(is_ours(few->forward(last_format(eight))));
  CHECK_FALSE(is_ours(pointwise->forward(x)));
  convolution->to(torch::kFloat64);
  CHECK_FALSE(is_ours(convolution->forward(x.to(torch::kFloat64))));
  convolution->to(torch::kFloat32);
  const seg::test::Autocast autocast;
  const Tensor y = convolution->forward(x);
  CHECK(y.scalar_type() == torch::kBFloat16);
  CHECK(is_ours(y) != has_tiles_of_amx());
  CHECK(is_ours(convolution->forward(x.to(torch::kBFloat16))) != has_tiles_of_amx());
  CHECK_FALSE(is_ours(first->forward(image)));
  CHECK_FALSE(is_ours(convolution->forward(x.contiguous())));
  CHECK_FALSE(is_ours(convolution->forward(last_format(low))));
}

TEST_CASE("the networks' convolutions are Torch's alone where they are exact", "[models]") {
  const bool evaluated = GENERATE(false, true);
  const std::int64_t channels = GENERATE(1, 16);
  seg::Convolution convolution(nn::Conv3dOptions(channels, 16, 3).padding(1));
  convolution->train(!evaluated);
  const torch::AutoGradMode autograd(!evaluated);
  const Tensor volume = last_format(torch::randn({1, channels, 24, 24, 24})),
               x = channels == 1 ? one_channel(volume) : volume;
  const auto by_torch = [&] {
    return torch::conv3d(x, convolution->weight, convolution->bias, 1, 1);
  };
  const Tensor ours = convolution->forward(x);
  if (!evaluated && seg::winograd_available()) CHECK(is_ours(ours));
  {
    const ExactConvolutions exact;
    const Tensor y = convolution->forward(x);
    CHECK(torch::equal(y, by_torch()));
    CHECK_FALSE(convolution->evaluated(x).defined());
    if (!evaluated) CHECK_FALSE(is_ours(y));
    if (channels == 16) {
      const std::vector<Tensor> parts = {last_format(x.narrow(1, 0, 8)),
                                         last_format(x.narrow(1, 8, 8))};
      CHECK(torch::equal(convolution->of_parts(parts), by_torch()));
    }
  }
  CHECK(torch::equal(convolution->forward(x), ours));
}

TEST_CASE("the networks' convolution of parts is that of the volume they make up", "[models]") {
  using Parts = std::vector<std::int64_t>;
  const Parts channels = GENERATE(Parts{16, 16}, Parts{16, 32, 5}, Parts{5, 16}, Parts{1, 2});
  const bool evaluated = GENERATE(false, true), bfloat16 = GENERATE(false, true);
  const std::int64_t size = GENERATE(2, 16);
  torch::manual_seed(8);
  std::vector<Tensor> parts;
  for (const std::int64_t count : channels)
    parts.push_back(last_format(torch::randn({2, count, size, size, size})));
  const Tensor whole = last_format(torch::cat(parts, 1));
  seg::Convolution convolution(nn::Conv3dOptions(whole.size(1), 16, 3).padding(1));
  convolution->train(!evaluated);
  const torch::AutoGradMode autograd(!evaluated);
  std::optional<seg::test::Autocast> autocast;
  if (bfloat16) autocast.emplace();
  const Tensor y = convolution->of_parts(parts), expected = convolution->forward(whole);
  CHECK(y.scalar_type() == expected.scalar_type());
  // Parts that ours does not take go another way.
  const double error =
      relative_error(y.detach().to(torch::kFloat64), expected.detach().to(torch::kFloat64));
  CHECK(error < (bfloat16 ? rounded(4) : 1e-5));
  if (channels[0] == 16 && !evaluated) CHECK(torch::equal(y, expected));
}

TEST_CASE("the networks' convolution evaluates a sample alike alone and in a batch", "[models]") {
  // Few tiles for one sample, enough for eight: Torch's; and more filters than are kept: ours.
  const Case c = GENERATE(Case{nn::Conv3dOptions(16, 16, 3).padding(1), {8, 16, 8, 8, 8}},
                          Case{nn::Conv3dOptions(16, 16, 5).padding(2), {8, 16, 4, 4, 4}},
                          Case{nn::Conv3dOptions(256, 256, 3).padding(1), {2, 256, 12, 12, 12}});
  const bool ours = c.x[1] == 256 && seg::winograd_available();
  torch::manual_seed(12);
  seg::Convolution convolution(c.options);
  convolution->eval();
  const torch::NoGradGuard no_grad;
  const Tensor x = last_format(torch::randn(c.x));
  const Tensor alone = last_format(x.narrow(0, 0, 1)), found = convolution->forward(x);
  if (ours) CHECK(torch::equal(found.narrow(0, 0, 1), convolution->forward(alone)));
  const ExactConvolutions exact;
  CHECK(torch::equal(found, convolution->forward(x)) != ours);
  CHECK(relative_error(found, convolution->forward(x)) < 5e-6);  // as evaluate_test.cpp
}

TEST_CASE("what our own convolutions do not fit goes Torch's way, with Torch's errors",
          "[models]") {
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
  CHECK(torch::equal(convolution->forward(x), plain->forward(x)));
  const seg::test::Autocast autocast;
  const Tensor y = convolution->forward(x), expected = plain->forward(x);
  CHECK_FALSE(is_ours(y));
  CHECK(y.sizes() == expected.sizes());
  // The weights rounded, or not where this processor convolves in float32, and y, twice.
  CHECK(relative_error(y.to(torch::kFloat32).detach(), expected.to(torch::kFloat32).detach()) <
        rounded(3));
  CHECK_THROWS_AS(convolution->forward(torch::randn({1, 32, 24, 24, 24})), c10::Error);
}

TEST_CASE("a network's upsampling learns as Torch's does, and is Torch's when asked to be exact",
          "[models]") {
  torch::manual_seed(4);
  seg::Upsampling up(torch::nn::ConvTranspose3dOptions(16, 8, 2).stride(2));
  const Tensor x = torch::randn({1, 16, 4, 5, 6}).contiguous(torch::MemoryFormat::ChannelsLast3d);
  const auto gradients = [&](const Tensor& y) {
    return torch::autograd::grad({y.square().sum()}, {up->weight, up->bias});
  };
  const Tensor theirs = torch::conv_transpose3d(x, up->weight, up->bias, 2), ours = up->forward(x);
  CHECK(torch::equal(ours, theirs));
  const auto expected = gradients(theirs), found = gradients(ours);
  CHECK(torch::equal(found[0], expected[0]));
  CHECK(torch::allclose(found[1], expected[1], 1e-4));
  CHECK(std::string(ours.grad_fn()->name()).find("Transposed") != std::string::npos);
  {
    const ExactConvolutions exact;
    CHECK(std::string(up->forward(x).grad_fn()->name()).find("Transposed") == std::string::npos);
  }
  const torch::NoGradGuard no_grad;
  CHECK(torch::equal(up->forward(x), theirs));
}
