#pragma once
// Named tensors in one file, readable from Python with the safetensors package.
#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace seg {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;  // in order

// Writes CPU copies, contiguous, atomically. metadata: free text pairs of the header.
void write_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata = {});

// All tensors of the file, on the CPU. Throws Error(failure) for a malformed or hostile file:
// header too large, offsets that overlap or leave the file, unknown dtype, shape that does not fit
// its bytes.
std::map<std::string, torch::Tensor> read_safetensors(const std::filesystem::path& path);

}  // namespace seg
