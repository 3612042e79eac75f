#pragma once
// The reference vectors of the networks: cases.json, formula weights, strided outputs.
#include "models/registry.h"
#include "models/weights.h"
#include "support/catch.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

namespace seg::test {

using Tensors = std::map<std::string, torch::Tensor>;

inline nlohmann::json json_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

// A pseudo-random tensor that every language makes alike: a 32-bit mix of the flat index.
inline torch::Tensor formula_tensor(const std::vector<std::int64_t>& shape, std::uint32_t k,
                                    double offset, double scale) {
  torch::Tensor t = torch::empty(shape);
  auto* values = t.data_ptr<float>();
  for (std::int64_t i = 0; i < t.numel(); ++i) {
    std::uint32_t h = static_cast<std::uint32_t>(i) + 0x9E3779B9u * (k + 1);
    h ^= h >> 16;
    h *= 0x85EBCA6Bu;
    h ^= h >> 13;
    h *= 0xC2B2AE35u;
    h ^= h >> 16;
    values[i] = static_cast<float>(offset + scale * (2 * (h / 4294967296.0) - 1));
  }
  return t;
}

inline torch::Tensor formula_input(const nlohmann::json& c) {
  return formula_tensor(c.at("input_shape").get<std::vector<std::int64_t>>(), c.at("input_k"), 0,
                        2);
}

// The case's weights by name: from its file, or by formula. BatchNorm's counters, which no case
// lists, come from the network.
inline Tensors case_weights(const std::filesystem::path& folder, const nlohmann::json& c,
                            const Network& network) {
  Tensors weights;
  if (c.contains("weights_file"))
    weights = read_safetensors(folder / c.at("weights_file").get<std::string>());
  else
    for (const auto& t : c.at("tensors")) {
      const auto shape = t.at("shape").get<std::vector<std::int64_t>>();
      weights[t.at("name")] = formula_tensor(shape, t.at("k"), t.at("offset"), t.at("scale"));
    }
  for (const auto& [name, tensor] : state_dict(network))
    if (name.ends_with("num_batches_tracked")) weights[name] = tensor;
  return weights;
}

// Largest difference of the tensor's every stride-th value from the reference, over the reference's
// largest value.
inline double relative_difference(const torch::Tensor& tensor, const nlohmann::json& expected,
                                  const Tensors& vectors) {
  const torch::Tensor values = tensor.detach().to(torch::kFloat32).contiguous().flatten();
  const torch::Tensor picked =
      values.slice(0, 0, values.numel(), expected.at("stride").get<std::int64_t>());
  const torch::Tensor& reference = vectors.at(expected.at("key"));
  REQUIRE(picked.sizes() == reference.sizes());
  return (picked - reference).abs().max().item<double>() / expected.at("max_abs").get<double>();
}

inline std::int64_t parameter_count(const Network& network) {
  std::int64_t count = 0;
  for (const torch::Tensor& p : network.parameters()) count += p.numel();
  return count;
}

}  // namespace seg::test
