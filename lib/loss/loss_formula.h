#pragma once
// A loss as a formula of the softmax statistics, plain numbers that a kernel can take:
//
//   loss = ce CE + sum over regions of dice[region] DSC loss + generalised GDL
//   or: ce CE + the Dice terms of the authors' public code

namespace seg {

struct LossConfig;

struct LossFormula {
  double ce = 0;                 // factor of the cross-entropy term
  double rest = 1, contour = 1;  // of the regions' cross-entropies in it: base, base + alpha
  bool ce_mean = true;           // over the voxels; else the sum over 1 / M
  bool ce_background = true;     // its voxels count in CE, and it counts in M
  double dice_rest = 0, dice_contour = 0, dice_whole = 0;  // factors of the regions' Dice terms
  bool linear = false;                                     // Dice's denominator: sum p, not sum p^2
  bool background = false;                                 // class 0 counts in Dice
  bool count_absent = true;                                // absent classes count in Dice's mean
  bool per_sample = false;                                 // Dice per sample, not over the batch
  double epsilon = 1e-5;
  double generalised = 0;  // factor of GDL
  bool release = false;    // the authors' Dice terms instead of all these
};

// The terms of the loss's row (config/losses.h) with the factors of the configuration.
LossFormula formula_of(const LossConfig& config);

}  // namespace seg
