#pragma once
// What a table has a row for: a class, or a union of classes by name (BraTS: WT, TC, ET).
#include "config/training_config.h"

#include <cstdint>
#include <string>
#include <vector>

namespace seg {

struct Region {
  std::string name;
  std::vector<std::int64_t> classes;  // indices of the classes it unites
};

// evaluation.regions, or each target class by itself where it is empty. classes[0] is background.
// Throws Error(config) for a region that names an unknown class.
std::vector<Region> regions_of(const EvaluationConfig& config,
                               const std::vector<std::string>& classes);

}  // namespace seg
