#pragma once
// Scores lesion by lesion, by the rules of the BraTS challenges.
//
// A reference lesion is a group of components that a few dilations join; it is matched by every
// predicted lesion that has a voxel in its surroundings, which are its dilated voxels. One
// predicted lesion may match several. Dice and HD95 compare the lesion with the union of what it
// matched, whole; a missed lesion has 0 and the penalty. Lesions of few mm3 do not count, but what
// they matched is no false positive. brats2023: predicted lesions are plain components. brats2024:
// they are grouped as the reference is, those of few voxels deleted, and tissues in contact are
// joined (see lesion_groups.h, and lesion_rules.h for the constants).
//
// The values are those of the challenges' public scripts (BraTS-2023-Metrics of 2023-10-12 and
// BraTS-2024-Metrics of 2024-07-17) but where these err: the 2024 script feeds the numbers of
// lesions instead of masks to HD95, sensitivity and specificity of the whole volume, and before
// 2024-07-17 it kept settings of one region for the next; files of unlike headers are for the
// caller to refuse.
#include "metric/lesion_groups.h"
#include "metric/regions.h"

#include <torch/types.h>

namespace seg {

// mm and shares; nsd where the rule has it (brats2024, at 0.5 and 1 mm), else NaN.
struct LesionScores {
  double dice, hd95, nsd05, nsd10;
};

struct Lesion : NamedLesion {  // of the reference
  double mm3 = 0;
  bool counted = false;                    // large enough
  std::vector<Dhw<std::int64_t>> matched;  // predicted lesions by their first voxels
  std::int64_t matched_voxels = 0;         // of these lesions, whole
  LesionScores scores{};
};

// The region's masks as they are, with brats2024's deletions: what a score without lesions says.
struct WholeRegion {
  LesionScores scores{};   // both sides empty: 1, 0, 1, 1; one: 0, the penalty, 0, 0
  double sensitivity = 0;  // 1 where both sides are empty, 0 without reference
  double specificity = 0;  // ignored voxels are not counted
  double truth_mm3 = 0, prediction_mm3 = 0;
};

struct RegionLesions {
  std::string region;
  std::int64_t tp = 0, fn = 0;  // counted reference lesions with and without a match
  std::int64_t fp = 0;          // predicted lesions that match none, counted or not
  // Sums over the counted lesions, and for HD95 the penalty per false positive, by tp + fn + fp;
  // where that is 0: 1, 0, 1, 1.
  LesionScores scores{};
  WholeRegion whole;
  std::vector<Lesion> lesions;  // counted or not, in C order
  std::vector<NamedLesion> false_positives, dropped;

  bool none() const { return tp + fn + fp == 0; }
};

// prediction, truth: uint8 [D, H, W] of label values on the CPU, spacing in mm; voxels whose truth
// is 255 (ignore) leave both first. The regions are named as the rule has them; brats2024 asks for
// all four tissues, NETC, SNFH, ET and RC, since they are joined (one may have no label). Throws
// Error(config) for other regions. threads: 0 for all cores.
std::vector<RegionLesions> lesion_scores(const torch::Tensor& prediction,
                                         const torch::Tensor& truth,
                                         const std::vector<Region>& regions,
                                         const Dhw<double>& spacing, LesionRule rule,
                                         int threads = 0);

}  // namespace seg
