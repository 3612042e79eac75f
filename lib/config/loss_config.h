#pragma once
#include "config/fields.h"

namespace seg {

// The contour map C of Eq 1.
struct ContourConfig {
  std::int64_t iterations = 6;
  std::string classes = "targets";
  std::string border = "replicate";
  std::string mode = "uniform";
  double beta = 0.5;
  std::uint8_t first_class() const {
    return classes == "targets" ? 1 : 0;
  }  // of those whose contours make C
  void describe(Fields& fields);
};

struct DwceConfig {
  double w0 = 10;
  double sigma = 5;
  std::string distance = "nearest";
  void describe(Fields& fields);
};

struct LossWeights {
  double ce = 1;
  double dice = 1;
  void describe(Fields& fields);
};

// Which loss, and every choice the paper leaves open.
struct LossConfig {
  std::string name = "CWCD";
  std::string preset = "paper";
  ContourConfig contour;
  double lambda = 0.5;
  double alpha = 1;
  double epsilon = 1e-5;
  std::string ce_reduction = "mean";
  std::string dice_denominator = "squared";
  std::string absent = "count";
  bool include_background = false;
  bool per_sample = false;
  DwceConfig dwce;
  LossWeights weights;

  void describe(Fields& fields);
};

}  // namespace seg
