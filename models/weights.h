#pragma once
// A network's parameters and buffers by name, to and from files.
#include "config/model_config.h"
#include "tensor/safetensors.h"

#include <torch/torch.h>

namespace seg {

// Parameters, then buffers, by dotted name; the tensors themselves, not copies.
NamedTensors state_dict(const torch::nn::Module& module);

// Copies `tensors` into the module. Throws Error(failure) that names `where` and lists every
// missing, extra or misshapen tensor.
void load_state_dict(torch::nn::Module& module, const std::map<std::string, torch::Tensor>& tensors,
                     const std::string& where);

// Loads model.weights, where it is set, into a network about to be trained. Throws as
// read_safetensors and load_state_dict do.
void load_initial_weights(const ModelConfig& config, torch::nn::Module& network);

}  // namespace seg
