#pragma once
// The constants of the BraTS challenges' lesion-wise rules, region by region.
#include "config/lesion_rule.h"

#include <cstdint>
#include <span>

namespace seg {

struct LesionRegion {
  std::string_view name;
  int dilation;              // joins pieces of the reference into lesions; in voxels
  int prediction_dilation;   // and those of the prediction
  double min_mm3;            // a reference lesion counts only above it
  std::int64_t drop_voxels;  // a predicted lesion of no more is deleted
};

struct LesionConstants {
  double penalty;  // mm, HD95 of a lesion that was missed or made up
  bool joins_tissues;
  bool nsd;  // at 0.5 and 1 mm
  std::span<const LesionRegion> regions;
};

inline constexpr LesionRegion kRegions2023[] = {
    {"WT", 3, 0, 50, 0}, {"TC", 3, 0, 50, 0}, {"ET", 3, 0, 50, 0}};
inline constexpr LesionRegion kRegions2023Met[] = {
    {"WT", 1, 0, 2, 0}, {"TC", 1, 0, 2, 0}, {"ET", 1, 0, 2, 0}};
// SNFH has 3: the script tests for "SFNH", and the published figures are of that.
inline constexpr LesionRegion kRegions2024[] = {{"WT", 3, 3, 20, 20},   {"TC", 3, 3, 20, 20},
                                                {"ET", 3, 3, 10, 10},   {"NETC", 5, 5, 20, 20},
                                                {"SNFH", 3, 3, 20, 20}, {"RC", 5, 5, 20, 20}};

// Not of `panoptic`, which has none.
constexpr LesionConstants constants_of(LesionRule rule) {
  switch (rule) {
    case LesionRule::brats2023: return {374, false, false, kRegions2023};
    case LesionRule::brats2023_met: return {374, false, false, kRegions2023Met};
    case LesionRule::brats2024: return {337, true, true, kRegions2024};
    case LesionRule::panoptic: break;
  }
  return {};
}

}  // namespace seg
