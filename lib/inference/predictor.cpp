#include "inference/predictor.h"

#include "config/swap_labels.h"
#include "core/stopwatch.h"
#include "inference/flips.h"

namespace seg {
namespace {

// Adds the seconds that work() takes to `sum`.
template <class Work>
auto timed(double& sum, const Work& work) {
  const Stopwatch watch;
  auto result = work();
  sum += watch.seconds();
  return result;
}

// The next block of every network; of several the mean of their softmax. The same windows give the
// same blocks.
std::optional<ScoreBlock> next_scores(std::vector<SlidingWindow>& sliding) {
  std::optional<ScoreBlock> block = sliding[0].next();
  if (!block || sliding.size() == 1) return block;
  torch::Tensor sum = block->scores.to(torch::kFloat32).softmax(3);
  for (std::size_t k = 1; k < sliding.size(); ++k)
    sum += sliding[k].next()->scores.to(torch::kFloat32).softmax(3);
  block->scores = sum.div_(static_cast<double>(sliding.size()));
  return block;
}

}  // namespace

Predictor::Predictor(std::vector<Network*> networks, const Config& config,
                     const std::vector<std::string>& classes, const Compute& compute)
    : networks_(std::move(networks)),
      config_(config),
      exchange_(exchanged_classes(config.augmentation.swap_labels, classes)),
      compute_(compute) {
  for (Network* network : networks_) network->eval();
}

WindowNetwork Predictor::window_network(Network& network) {
  const WindowNetwork once = [this, &network](const torch::Tensor& patch) {
    const AutocastScope autocast(compute_);
    return network.forward(to_device(patch, compute_));
  };
  return [this, flipped = with_flips(once, config_.inference.flip, exchange_)](
             const torch::Tensor& patch) {
    return timed(seconds_.network, [&] { return flipped(patch); });
  };
}

torch::Tensor Predictor::labels(const torch::Tensor& image, const std::vector<double>& padding,
                                const Geometry& from, const Geometry& to,
                                const PredictionHooks& hooks) {
  torch::InferenceMode inference;
  seconds_ = {};
  LabelsOnGrid target(from, to, static_cast<int>(config_.threads));
  const bool one = networks_.size() == 1;
  if (hooks.on_probabilities)
    target.on_scores = [&](std::int64_t z, std::int64_t y, const torch::Tensor& scores) {
      hooks.on_probabilities(z, y, one ? scores.softmax(3) : scores);
    };
  SlidingPlace place{compute_.device};
  place.most_bytes /= static_cast<double>(networks_.size());
  std::vector<SlidingWindow> sliding;
  for (Network* network : networks_) {
    const WindowNetwork counted = [&, run = window_network(*network)](const torch::Tensor& patch) {
      torch::Tensor logits = run(patch);
      double done = 0, all = 0;
      for (const SlidingWindow& s : sliding) {
        done += static_cast<double>(s.done());
        all += static_cast<double>(s.windows());
      }
      if (hooks.on_share) hooks.on_share(done / all);
      return logits;
    };
    sliding.emplace_back(image, padding, dhw_of(config_.training.patch), config_.inference, counted,
                         place);
  }
  double sliding_seconds = 0;
  const auto next = [&] { return timed(sliding_seconds, [&] { return next_scores(sliding); }); };
  for (auto block = next(); block; block = next())
    timed(seconds_.way_back, [&] {
      target.take(block->z, block->y, block->scores);
      return 0;
    });
  seconds_.blending = sliding_seconds - seconds_.network;
  for (const SlidingWindow& s : sliding) {
    seconds_.windows += s.windows();
    seconds_.empty += s.empty();
  }
  return target.labels();
}

torch::Tensor Predictor::labels(const torch::Tensor& image, const std::vector<double>& padding,
                                const PredictionHooks& hooks) {
  Geometry grid;
  grid.size = {image.size(3), image.size(2), image.size(1)};
  return labels(image, padding, grid, grid, hooks);
}

}  // namespace seg
