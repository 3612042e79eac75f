#include "training/weight_average.h"

#include <torch/torch.h>

#include <algorithm>

namespace seg {
namespace {

// The parameters and buffers of both networks, those that can be averaged apart from the counters.
struct Matched {
  std::vector<torch::Tensor> averages, weights;
  std::vector<torch::Tensor> kept, counters;
};

Matched matched(Network& average, const Network& network) {
  Matched pairs;
  const auto add = [&](const std::vector<torch::Tensor>& mine,
                       const std::vector<torch::Tensor>& theirs) {
    for (std::size_t i = 0; i < mine.size(); ++i) {
      const bool real = mine[i].is_floating_point();
      (real ? pairs.averages : pairs.kept).push_back(mine[i]);
      (real ? pairs.weights : pairs.counters).push_back(theirs[i]);
    }
  };
  add(average.parameters(), network.parameters());
  add(average.buffers(), network.buffers());
  return pairs;
}

void copy_all(const std::vector<torch::Tensor>& to, const std::vector<torch::Tensor>& from) {
  if (!to.empty()) at::_foreach_copy_(to, from);
}

}  // namespace

WeightAverage::WeightAverage(std::shared_ptr<Network> copy, const Network& network, double decay)
    : network_(std::move(copy)), decay_(decay) {
  const torch::NoGradGuard no_grad;
  const Matched pairs = matched(*network_, network);
  copy_all(pairs.averages, pairs.weights);
  copy_all(pairs.kept, pairs.counters);
}

void WeightAverage::update(const Network& network, std::int64_t step) {
  const torch::NoGradGuard no_grad;
  const double t = static_cast<double>(step);
  const double d = std::min(decay_, (1 + t) / (10 + t));
  const Matched pairs = matched(*network_, network);
  at::_foreach_lerp_(pairs.averages, pairs.weights, 1 - d);  // on a GPU a launch or two for all
  copy_all(pairs.kept, pairs.counters);
}

}  // namespace seg
