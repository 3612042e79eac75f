#pragma once
// The reference label maps of lesions and what is expected of them: tests/reference/README.md.
#include "core/axes.h"
#include "metric/regions.h"
#include "tensor/safetensors.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace seg::test {

struct OracleLesionCase {
  std::string name;
  torch::Tensor prediction, reference;  // uint8 [D, H, W] of BraTS's labels
  Dhw<double> spacing;                  // mm
  nlohmann::json results;               // by rule and region
};

inline std::vector<OracleLesionCase> oracle_lesion_cases(const std::filesystem::path& oracle) {
  std::ifstream file(oracle / "lesions" / "cases.json");
  const auto index = nlohmann::json::parse(file);
  const auto maps = read_safetensors(oracle / "lesions" / "label_maps.safetensors");
  std::vector<OracleLesionCase> cases;
  for (const auto& c : index.at("cases")) {
    const std::vector<double> spacing = c["spacing_mm"];
    cases.push_back({c["name"], maps.at(c["prediction"].get<std::string>()),
                     maps.at(c["reference"].get<std::string>()), dhw_of(spacing), c["results"]});
  }
  return cases;
}

// BraTS's regions by their labels.
inline std::vector<Region> brats_regions(const nlohmann::json& results) {
  const std::vector<Region> all = {{"WT", {1, 2, 3}}, {"TC", {1, 3}}, {"ET", {3}},
                                   {"NETC", {1}},     {"SNFH", {2}},  {"RC", {4}}};
  std::vector<Region> named;
  for (const Region& region : all)
    if (results.contains(region.name)) named.push_back(region);
  return named;
}

}  // namespace seg::test
