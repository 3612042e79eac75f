// Our own convolutions on any number of threads.
#include "convolution/reference.h"

#include "support/catch.h"

namespace seg {
namespace {

using test::ConvolutionCase;

// That nothing differs in a single bit.
void check_same(const test::Convolved& found, const test::Convolved& expected) {
  const auto some = found.all(), others = expected.all();
  for (std::size_t i = 0; i < some.size(); ++i) {
    INFO("y, weight, bias, xs: " << i);
    CHECK(torch::equal(some[i], others[i]));
  }
}

// Few channels; filters and sums apart and together, in one slab and several; more threads than
// rows, chunks or parts; sums so large that Torch adds them up on several threads.
const std::vector<ConvolutionCase> cases = {
    {1, {1}, 16, 3, {9, 10, 11}},    {2, {3}, 33, 3, {13, 14, 70}},  {1, {1}, 4, 3, {1, 1, 1}},
    {1, {16}, 16, 3, {1, 1, 1}},     {1, {16}, 16, 5, {17, 16, 18}}, {1, {16}, 16, 5, {32, 33, 33}},
    {2, {32, 16}, 20, 5, {9, 9, 9}}, {1, {40}, 36, 5, {15, 15, 15}}, {1, {20}, 250, 5, {9, 9, 11}},
    {1, {16}, 300, 3, {19, 20, 18}}, {2, {17}, 3, 3, {30, 31, 32}},  {1, {200}, 200, 3, {3, 6, 4}},
};

}  // namespace

TEST_CASE("our convolutions and their gradients are the same bits on any number of threads",
          "[convolution]") {
  const ConvolutionCase c = GENERATE(from_range(cases));
  const auto type = GENERATE(torch::kFloat32, torch::kBFloat16);
  const test::ConvolutionOperands o(c, type, type);
  const auto on = [&](int threads) {
    const test::Threads limited(threads);
    return test::by_ours(o, type);
  };
  const test::Convolved alone = on(1);
  for (const int threads : {2, 3, 5, 16}) {
    INFO(c << ", " << toString(type) << ", threads " << threads);
    check_same(on(threads), alone);
  }
}

}  // namespace seg
