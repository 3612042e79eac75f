#include "metric/regions.h"

#include "core/error.h"

#include <algorithm>

namespace seg {

std::vector<Region> regions_of(const EvaluationConfig& config,
                               const std::vector<std::string>& classes) {
  std::vector<Region> regions;
  if (config.regions.empty())
    for (std::size_t c = 1; c < classes.size(); ++c)
      regions.push_back({classes[c], {static_cast<std::int64_t>(c)}});
  for (const auto& [name, members] : config.regions) {
    Region region{name, {}};
    for (const std::string& member : members) {
      const auto found = std::find(classes.begin(), classes.end(), member);
      if (found == classes.end()) {
        std::string known;
        for (const std::string& c : classes) known += (known.empty() ? "" : ", ") + c;
        fail_config(
            "evaluation.regions.{} names the class '{}', which data.labels does not have (it has "
            "{})",
            name, member, known);
      }
      region.classes.push_back(found - classes.begin());
    }
    if (region.classes.empty()) fail_config("evaluation.regions.{} names no class", name);
    regions.push_back(region);
  }
  return regions;
}

}  // namespace seg
