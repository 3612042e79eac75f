#pragma once
#include "config/fields.h"
#include "config/losses.h"

namespace seg {

enum class ContourClasses { targets, all };
constexpr auto words_of(ContourClasses) {
  using enum ContourClasses;
  return std::to_array<Word<ContourClasses>>({{targets, "targets"}, {all, "all"}});
}

enum class ContourBorder { replicate, zero };
constexpr auto words_of(ContourBorder) {
  using enum ContourBorder;
  return std::to_array<Word<ContourBorder>>({{replicate, "replicate"}, {zero, "zero"}});
}

enum class ContourMode { uniform, adaptive };
constexpr auto words_of(ContourMode) {
  using enum ContourMode;
  return std::to_array<Word<ContourMode>>({{uniform, "uniform"}, {adaptive, "adaptive"}});
}

// The contour map C of Eq 1.
struct ContourConfig {
  std::int64_t iterations = 6;
  ContourClasses classes = ContourClasses::targets;
  ContourBorder border = ContourBorder::replicate;
  ContourMode mode = ContourMode::uniform;
  double beta = 0.5;
  double base = 1;  // of the weight w = base + alpha C; not of the map
  // Of those whose contours make C.
  std::uint8_t first_class() const { return classes == ContourClasses::targets ? 1 : 0; }
  void describe(Fields& fields);
};

enum class DwceDistance { nearest, two_nearest };
constexpr auto words_of(DwceDistance) {
  using enum DwceDistance;
  return std::to_array<Word<DwceDistance>>({{nearest, "nearest"}, {two_nearest, "two_nearest"}});
}

struct DwceConfig {
  double w0 = 10;
  double sigma = 5;
  DwceDistance distance = DwceDistance::nearest;
  void describe(Fields& fields);
};

struct LossWeights {
  double ce = 1;
  double dice = 1;
  void describe(Fields& fields);
};

enum class CeReduction { mean, sum_over_classes };
constexpr auto words_of(CeReduction) {
  using enum CeReduction;
  return std::to_array<Word<CeReduction>>({{mean, "mean"}, {sum_over_classes, "sum_over_classes"}});
}

enum class DiceDenominator { squared, linear };
constexpr auto words_of(DiceDenominator) {
  using enum DiceDenominator;
  return std::to_array<Word<DiceDenominator>>({{squared, "squared"}, {linear, "linear"}});
}

enum class AbsentClass { count, skip };
constexpr auto words_of(AbsentClass) {
  using enum AbsentClass;
  return std::to_array<Word<AbsentClass>>({{count, "count"}, {skip, "skip"}});
}

// Which loss, and every choice the paper leaves open.
struct LossConfig {
  LossName name = LossName::CWCD;
  ContourConfig contour;
  double lambda = 0.5;
  double alpha = 1;
  double epsilon = 1e-5;
  CeReduction ce_reduction = CeReduction::mean;
  bool ce_background = true;
  DiceDenominator dice_denominator = DiceDenominator::squared;
  AbsentClass absent = AbsentClass::count;
  bool include_background = false;
  bool per_sample = false;
  DwceConfig dwce;
  LossWeights weights;

  void describe(Fields& fields);
};

}  // namespace seg
