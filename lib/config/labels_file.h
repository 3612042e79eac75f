#pragma once
// What the values of label files mean, for evaluation without a run.
#include "config/fields.h"

#include <filesystem>

namespace seg {

struct LabelsFile {
  Pairs labels;    // as data.labels: {1: spleen, 2: "right kidney", 255: ignore}
  Groups regions;  // as evaluation.regions: {WT: [NTC, ED, ET]}; empty: each class by itself
  void describe(Fields& fields);
};

// A YAML file with the keys labels and regions. Throws Error(config) with file:line:column.
LabelsFile read_labels_file(const std::filesystem::path& file);

}  // namespace seg
