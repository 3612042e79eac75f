#pragma once
// A running average of the weights (training.average), which is what is validated, evaluated and
// saved as the network's weights.
#include "models/registry.h"

#include <memory>

namespace seg {

class WeightAverage {
 public:
  // copy: a network like the one that is trained; its weights become `network`'s.
  WeightAverage(std::shared_ptr<Network> copy, const Network& network, double decay);

  // average <- d average + (1 - d) network, for parameters and BatchNorm's statistics; d =
  // min(decay, (1 + step) / (10 + step)), so that the random weights of the start are soon
  // forgotten. step: steps trained, from 1.
  void update(const Network& network, std::int64_t step);

  Network& network() { return *network_; }

 private:
  std::shared_ptr<Network> network_;
  double decay_;
};

}  // namespace seg
