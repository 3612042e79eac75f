#include "run/run_network.h"

namespace seg {

std::shared_ptr<Network> network_for(const Config& config, std::int64_t channels,
                                     std::int64_t classes, const Compute& compute) {
  torch::manual_seed(static_cast<std::uint64_t>(config.training.seed));
  auto network = make_network(config.model, channels, classes, dhw_of(config.training.patch));
  to_device(*network, compute);
  return network;
}

std::shared_ptr<Network> network_for(const Config& config, const Experiment& experiment,
                                     const Compute& compute) {
  return network_for(config, experiment.channels(), experiment.classes(), compute);
}

std::string model_signature(const Config& config, const Experiment& experiment) {
  return signature_of(config.model, experiment.channels(), experiment.classes());
}

}  // namespace seg
