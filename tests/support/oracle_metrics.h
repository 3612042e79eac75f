#pragma once
// The reference label maps and what is expected of them: tests/reference/README.md.
#include "tensor/safetensors.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace seg::test {

struct OracleMetricCase {
  std::string name;
  torch::Tensor prediction, reference;  // uint8 [D, H, W]
  std::vector<double> spacing;          // mm along D, H, W
  nlohmann::json per_class;             // list of {label, expected: {dice, hd95, ...}}
};

inline std::vector<OracleMetricCase> oracle_metric_cases(const std::filesystem::path& oracle) {
  std::ifstream file(oracle / "metrics" / "cases.json");
  const auto index = nlohmann::json::parse(file);
  const auto maps = read_safetensors(oracle / "metrics" / "label_maps.safetensors");
  const auto map_of = [&](const nlohmann::json& name) {
    return maps.at(name.get<std::string>()).to(torch::kUInt8);
  };
  std::vector<OracleMetricCase> cases;
  for (const auto& c : index.at("cases"))
    cases.push_back({c["name"], map_of(c["prediction"]), map_of(c["reference"]), c["spacing_mm"],
                     c["per_class"]});
  return cases;
}

}  // namespace seg::test
