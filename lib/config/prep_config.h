#pragma once
#include "config/fields.h"

namespace seg {

struct CropConfig {
  Sizes size;  // D, H, W; empty: no crop
  std::string centre = "volume";
  void describe(Fields& fields);
};

struct NormaliseConfig {
  std::string region = "all";
  std::vector<double> clip;  // empty, or lowest and highest value
  void describe(Fields& fields);
};

// What happens to a volume once, before training, in the paper's order: resample, z-score, crop
// (Section 2.4).
struct PrepConfig {
  Path cache;
  std::vector<double> spacing = {1, 1, 1};  // D, H, W in mm
  std::string interpolation = "linear";
  std::string label_interpolation = "nearest";
  NormaliseConfig normalise;
  CropConfig crop;
  std::string nan = "error";
  std::string resample_to = "none";
  std::string storage = "float32";
  std::int64_t workers = 0;

  void describe(Fields& fields);
};

}  // namespace seg
