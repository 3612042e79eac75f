#include "models/weights.h"

#include "core/error.h"

namespace seg {
namespace {

std::string shape_text(const torch::Tensor& t) {
  std::string text;
  for (const std::int64_t size : t.sizes())
    text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

}  // namespace

NamedTensors state_dict(const torch::nn::Module& module) {
  NamedTensors state;
  for (const auto& item : module.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) state.emplace_back(item.key(), item.value());
  return state;
}

void load_state_dict(torch::nn::Module& module, const std::map<std::string, torch::Tensor>& tensors,
                     const std::string& where) {
  const NamedTensors state = state_dict(module);
  std::string problems;
  std::size_t matched = 0;
  for (const auto& [name, target] : state) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
      problems += "\n  missing: " + name;
      continue;
    }
    ++matched;
    if (found->second.is_floating_point() != target.is_floating_point())
      problems += fmt::format("\n  type: {} is {}, must be {}", name,
                              torch::toString(found->second.scalar_type()),
                              torch::toString(target.scalar_type()));
    else if (found->second.sizes() != target.sizes())
      problems += fmt::format("\n  shape: {} is {}, must be {}", name, shape_text(found->second),
                              shape_text(target));
  }
  if (matched < tensors.size()) {
    std::map<std::string, int> known;
    for (const auto& item : state) known[item.first] = 1;
    for (const auto& item : tensors)
      if (!known.contains(item.first)) problems += "\n  extra: " + item.first;
  }
  if (!problems.empty())
    fail("{}: the weights do not fit the network; use the model they were trained with:{}", where,
         problems);
  torch::NoGradGuard no_grad;
  for (const auto& [name, target] : state) torch::Tensor(target).copy_(tensors.at(name));
}

void load_initial_weights(const ModelConfig& config, torch::nn::Module& network) {
  if (!config.weights.empty())
    load_state_dict(network, read_safetensors(config.weights.text),
                    "model.weights " + config.weights.text);
}

}  // namespace seg
