#pragma once
// What --json tells of a case, as one line.
#include "data/dataset.h"
#include "image/geometry.h"
#include "inference/predictor.h"

#include <filesystem>
#include <string>

namespace seg {

struct CaseFigures {
  std::string id;
  std::filesystem::path output;
  double preparing = 0, writing = 0;  // seconds: from the files to the network, and back to a file
  PredictionSeconds prediction = {};
};

// {"case", "output", "seconds": {"prepare", "network", "blend", "way_back", "write"}, "windows",
// "empty_windows", "volumes_ml": {CLASS: ...}}: of every class but the background. labels: uint8
// [D, H, W] on `geometry`.
std::string case_line(const CaseFigures& figures, const torch::Tensor& labels,
                      const Geometry& geometry, const LabelMap& map);

// {"case", "error"}
std::string error_line(const std::string& id, const std::string& reason);

}  // namespace seg
