#include "inference/flips.h"

#include <torch/types.h>

namespace seg {
namespace {

constexpr std::int64_t d = 2, h = 3, w = 4;  // of [B, C, D, H, W]; w runs from left to right

std::vector<std::vector<std::int64_t>> mirrored_axes(Flip flip) {
  switch (flip) {
    case Flip::none: return {};
    case Flip::in_plane: return {{w}, {h}, {h, w}};
    case Flip::all: return {{w}, {h}, {h, w}, {d}, {d, w}, {d, h}, {d, h, w}};
  }
  return {};
}

// Channel j of the mirrored window's logits stands for class exchange[j].
torch::Tensor exchanged_channels(const torch::Tensor& logits,
                                 const std::vector<std::uint8_t>& exchange) {
  std::vector<std::int64_t> order;
  for (std::int64_t j = 0; j < logits.size(1); ++j)
    order.push_back(exchange[static_cast<std::size_t>(j)]);
  return logits.index_select(1, torch::tensor(order).to(logits.device()));
}

}  // namespace

WindowNetwork with_flips(WindowNetwork network, Flip flip,
                         const std::vector<std::uint8_t>& exchange) {
  if (flip == Flip::none) return network;
  return [network = std::move(network), axes_of_each = mirrored_axes(flip),
          exchange](const torch::Tensor& window) {
    torch::Tensor sum = network(window).to(torch::kFloat32, /*non_blocking=*/false, /*copy=*/true);
    for (const auto& axes : axes_of_each) {
      torch::Tensor logits = network(window.flip(axes)).flip(axes);
      if (!exchange.empty() && axes.back() == w) logits = exchanged_channels(logits, exchange);
      sum += logits;
    }
    return sum.div_(static_cast<double>(axes_of_each.size() + 1));
  };
}

}  // namespace seg
