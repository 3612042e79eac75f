#pragma once
// What find_dataset chooses from. Each finds the cases of one layout, in any order, problems in
// Dataset::problems.
#include "config/data_config.h"
#include "data/dataset.h"

#include <nlohmann/json_fwd.hpp>

namespace seg {

Dataset dataset_json(const DataConfig& config);
Dataset case_folders(const DataConfig& config);
Dataset csv(const DataConfig& config);

// dataset.json of the folder; an empty object where there is none. Throws Error(data) where it is
// no JSON object.
nlohmann::json dataset_description(const std::filesystem::path& root);

// data.labels, else what dataset.json says.
LabelMap labels_for(const DataConfig& config, const nlohmann::json& description,
                    const std::filesystem::path& root);

}  // namespace seg
