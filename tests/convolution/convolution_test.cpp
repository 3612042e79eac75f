// Our own convolutions and their gradients against the definition in float64.
#include "convolution/reference.h"

#include "support/catch.h"

#include <cmath>

namespace seg {
namespace {

using test::ConvolutionCase;
using test::ConvolutionOperands;
using torch::Tensor;

constexpr double single_error = 5e-6;       // with 6 points; the few channels have less
constexpr double eight_point_error = 5e-5;  // with 8 points, before what is rounded to bfloat16
constexpr double rounding = 1.0 / 256;      // to bfloat16, 8 significant bits

// Few channels, or what winograd_convolve.cpp and winograd_gradient.cpp take apart or together.
const std::vector<ConvolutionCase> small_cases = {
    {1, {1}, 16, 3, {9, 10, 11}},       {2, {3}, 5, 5, {4, 7, 70}},
    {1, {3}, 33, 3, {1, 1, 1}},         {1, {1}, 1, 5, {2, 1, 4}},
    {3, {2}, 17, 3, {5, 3, 65}},        {1, {16}, 16, 5, {8, 12, 16}},
    {2, {32}, 16, 5, {5, 7, 9}},        {1, {20}, 5, 5, {4, 6, 6}},
    {1, {17}, 3, 3, {2, 2, 3}},         {1, {16}, 4, 3, {12, 18, 6}},
    {1, {16}, 1, 3, {1, 1, 1}},  // one voxel
    {1, {16}, 7, 5, {1, 2, 3}},  // smaller than the filter
    {1, {8}, 9, 3, {5, 4, 3}},          {2, {33}, 48, 3, {7, 5, 13}},
    {1, {64}, 64, 3, {9, 6, 17}},       {1, {200}, 16, 3, {3, 5, 4}},
    {1, {200}, 200, 3, {3, 6, 4}},      {1, {16, 16}, 16, 3, {13, 9, 10}},
    {2, {32, 16, 5}, 20, 3, {6, 7, 8}}, {1, {16, 33}, 17, 5, {3, 6, 5}},
    {2, {16, 64}, 48, 5, {4, 4, 9}},
};
const std::vector<ConvolutionCase> large_cases = {
    {1, {16}, 16, 5, {17, 16, 18}},  // sums apart, many chunks; to bfloat16 together
    {1, {16}, 16, 5, {32, 33, 33}},  // sums apart to bfloat16, too
    {1, {32, 16}, 20, 5, {11, 13, 14}},
    {1, {40}, 36, 5, {15, 15, 15}},    // together, two slabs; the sums apart
    {1, {16, 4}, 250, 5, {9, 9, 11}},  // both together, two slabs
    {1, {16}, 300, 3, {19, 20, 18}},
};

}  // namespace

TEST_CASE("our convolutions and their gradients in float32 agree with the definition in float64",
          "[convolution]") {
  const ConvolutionCase c = GENERATE(from_range(small_cases), from_range(large_cases));
  INFO(c);
  const ConvolutionOperands o(c);
  const test::Convolved found = test::by_ours(o, torch::kFloat32);
  CHECK(found.y.scalar_type() == torch::kFloat32);
  CHECK(found.y.is_contiguous(test::channels_last));
  for (std::size_t i = 0; i < o.xs.size(); ++i) {
    CHECK(found.xs[i].sizes() == o.xs[i].sizes());
    CHECK(found.xs[i].scalar_type() == torch::kFloat32);
  }
  CHECK(found.weight.is_contiguous());
  const test::ExactConvolution exact(o);
  for (const double error : exact.errors(found)) CHECK(error < single_error);
}

TEST_CASE("our convolutions to bfloat16 are those in float64 but for the rounding of y",
          "[convolution]") {
  const ConvolutionCase c = GENERATE(from_range(small_cases), from_range(large_cases));
  INFO(c);
  const ConvolutionOperands o(c, torch::kFloat32, torch::kBFloat16);
  const test::Convolved found = test::by_ours(o, torch::kBFloat16);
  CHECK(found.y.scalar_type() == torch::kBFloat16);
  CHECK(found.y.is_contiguous(test::channels_last));
  const test::ExactConvolution exact(o);
  // Few values are on the other side of a tie.
  const Tensor rounded = exact.results.y.to(torch::kFloat32).to(torch::kBFloat16);
  const auto otherwise = found.y.ne(rounded).sum().item<double>();
  CHECK(otherwise <= 0.02 * static_cast<double>(rounded.numel()) + 1);
  const auto errors = exact.errors(found);
  CHECK(errors[0] < rounding);
  for (std::size_t i = 1; i < errors.size(); ++i) CHECK(errors[i] < eight_point_error);
}

TEST_CASE("our convolutions of bfloat16 volumes have gradients of the volumes' type",
          "[convolution]") {
  const ConvolutionCase c = GENERATE(from_range(small_cases));
  const auto type = GENERATE(torch::kBFloat16, torch::kFloat32);
  INFO(c << ", to " << toString(type));
  const ConvolutionOperands o(c, torch::kBFloat16, type);
  const test::Convolved found = test::by_ours(o, type);
  const auto errors = test::ExactConvolution(o).errors(found);
  const bool bfloat16 = type == torch::kBFloat16;
  const double exactly = bfloat16 ? eight_point_error : single_error;
  CHECK(errors[0] < (bfloat16 ? rounding : exactly));
  CHECK(errors[1] < exactly);
  CHECK(errors[2] < exactly);
  for (std::size_t i = 0; i < o.xs.size(); ++i) {
    CHECK(found.xs[i].scalar_type() == torch::kBFloat16);
    CHECK(errors[3 + i] < rounding);
  }
}

TEST_CASE("our convolutions stay exact over many tiles, of what ReLU leaves too", "[convolution]") {
  const ConvolutionCase c = GENERATE(ConvolutionCase{3, {16}, 16, 5, {20, 24, 24}},
                                     ConvolutionCase{1, {1}, 16, 3, {64, 64, 64}});
  const bool relu = GENERATE(false, true);
  INFO(c << (relu ? ", ReLU" : ""));
  ConvolutionOperands o(c);
  if (relu) {
    for (Tensor& x : o.xs) x = x.relu();
    o.dy = o.dy.relu();
  }
  const test::Convolved exact =
      test::by_torch(o.each([](const Tensor& t) { return t.to(torch::kFloat64).contiguous(); }));
  const auto found = test::by_ours(o, torch::kFloat32).all(), expected = exact.all();
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO(i);
    CHECK(test::relative_error(found[i], expected[i]) < single_error);
  }
}

}  // namespace seg
