#include "inference/flips.h"

#include "config/swap_labels.h"
#include "support/errors.h"

#include <torch/torch.h>

using namespace seg;

namespace {

// Three classes that tell where a voxel lies: no mirror image of it is the same.
torch::Tensor network(const torch::Tensor& x) {
  const auto z = torch::arange(x.size(2), torch::kFloat32).view({1, -1, 1, 1});
  const auto y = torch::arange(x.size(3), torch::kFloat32).view({1, 1, -1, 1});
  const auto w = torch::arange(x.size(4), torch::kFloat32).view({1, 1, 1, -1});
  const auto s = x.sum(1);
  return torch::stack({s * (1 + z), s + y * y, s * w}, 1);
}

// The definition, axis by axis.
torch::Tensor plain_mean(const torch::Tensor& x, bool with_depth,
                         const std::vector<std::uint8_t>& exchange) {
  torch::Tensor sum;
  int passes = 0;
  for (const bool d : {false, true})
    for (const bool h : {false, true})
      for (const bool w : {false, true}) {
        if (d && !with_depth) continue;
        std::vector<std::int64_t> axes;
        if (d) axes.push_back(2);
        if (h) axes.push_back(3);
        if (w) axes.push_back(4);
        torch::Tensor logits = network(x.flip(axes)).flip(axes);
        if (w && !exchange.empty()) {
          std::vector<torch::Tensor> channels;
          for (std::int64_t k = 0; k < 3; ++k) channels.push_back(logits.select(1, exchange[k]));
          logits = torch::stack(channels, 1);
        }
        sum = sum.defined() ? sum + logits : logits;
        ++passes;
      }
  return sum / passes;
}

}  // namespace

TEST_CASE("flips are the mean over mirrored windows, mirrored back", "[inference]") {
  const auto x = torch::randn({2, 2, 4, 5, 6});
  const auto close = [](const torch::Tensor& a, const torch::Tensor& b) {
    return torch::allclose(a, b, 1e-5, 1e-5);
  };
  CHECK(torch::equal(with_flips(network, Flip::none, {})(x), network(x)));
  CHECK(close(with_flips(network, Flip::in_plane, {})(x), plain_mean(x, false, {})));
  CHECK(close(with_flips(network, Flip::all, {})(x), plain_mean(x, true, {})));
  CHECK_FALSE(close(with_flips(network, Flip::all, {})(x), plain_mean(x, false, {})));
}

TEST_CASE("a left-right mirror exchanges the classes of a pair", "[inference]") {
  const auto x = torch::randn({1, 1, 4, 5, 6});
  const auto exchange = exchanged_classes({{"right", "left"}}, {"background", "right", "left"});
  CHECK(torch::allclose(with_flips(network, Flip::in_plane, exchange)(x),
                        plain_mean(x, false, exchange), 1e-5, 1e-5));
  // A network that calls what is bright on the right side "right" and on the left side "left", as
  // one trained with swap_labels does: with its mirror images it is as sure as alone.
  const auto sides = [](const torch::Tensor& window) {
    const auto side = torch::linspace(-1, 1, window.size(4)).view({1, 1, 1, -1});
    const auto s = window.sum(1);
    return torch::stack({torch::zeros_like(s), s * side, -s * side}, 1);
  };
  CHECK(torch::allclose(with_flips(sides, Flip::in_plane, exchange)(x), sides(x), 1e-5, 1e-5));
  CHECK_FALSE(torch::allclose(with_flips(sides, Flip::in_plane, {})(x), sides(x), 1e-2, 1e-2));
}
