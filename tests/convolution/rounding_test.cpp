// What rounding costs our own convolutions in float32, beside Torch's, on layers of a U-Net.
#include "convolution/reference.h"

#include "support/catch.h"

namespace seg {
namespace {

using test::ConvolutionCase;
using test::ConvolutionOperands;
using torch::Tensor;

}  // namespace

TEST_CASE("our convolutions round random numbers in float32 up to six times as much as Torch's",
          "[convolution]") {
  const ConvolutionCase c = GENERATE(
      ConvolutionCase{1, {1}, 16, 3, {24, 24, 24}}, ConvolutionCase{1, {16}, 16, 3, {24, 24, 24}},
      ConvolutionCase{1, {16, 16}, 16, 3, {24, 24, 24}},
      ConvolutionCase{1, {64}, 64, 3, {12, 12, 12}}, ConvolutionCase{1, {128}, 128, 3, {8, 8, 8}},
      ConvolutionCase{1, {16}, 16, 5, {16, 16, 16}}, ConvolutionCase{1, {64}, 64, 5, {8, 8, 8}});
  const bool relu = GENERATE(false, true);
  ConvolutionOperands o(c);
  if (relu)
    for (Tensor& x : o.xs) x = x.relu();
  const auto exact = test::by_torch(o.each([](const Tensor& t) {
                       return t.to(torch::kFloat64).contiguous();
                     })).all();
  const auto ours = test::by_ours(o, torch::kFloat32).all(), torchs = test::by_torch(o).all();
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const double our_error = test::relative_error(ours[i], exact[i]),
                 torchs_error = test::relative_error(torchs[i], exact[i]);
    INFO(c << (relu ? ", ReLU" : "") << "; y, weight, bias, xs: " << i);
    CHECK(our_error <= 6 * (torchs_error + 3e-7));
  }
}

}  // namespace seg
