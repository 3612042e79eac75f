#include "engine/weight_average.h"

#include <torch/torch.h>

#include <algorithm>

namespace seg {
namespace {

// Parameters and statistics that can be averaged; the counters among the buffers are copied.
void each_pair(Network& to, const Network& from, const std::function<void(torch::Tensor&, const torch::Tensor&)>& work) {
  const torch::NoGradGuard no_grad;
  auto mine = to.parameters(), theirs = from.parameters();
  for (torch::Tensor& b : to.buffers()) mine.push_back(b);
  for (const torch::Tensor& b : from.buffers()) theirs.push_back(b);
  for (std::size_t i = 0; i < mine.size(); ++i) work(mine[i], theirs[i]);
}

}  // namespace

WeightAverage::WeightAverage(std::shared_ptr<Network> copy, const Network& network, double decay)
    : network_(std::move(copy)), decay_(decay) {
  each_pair(*network_, network, [](torch::Tensor& a, const torch::Tensor& b) { a.copy_(b); });
}

void WeightAverage::update(const Network& network, std::int64_t step) {
  const double t = static_cast<double>(step), d = std::min(decay_, (1 + t) / (10 + t));
  each_pair(*network_, network, [d](torch::Tensor& a, const torch::Tensor& b) { a.is_floating_point() ? a.lerp_(b, 1 - d) : a.copy_(b); });
}

}  // namespace seg
