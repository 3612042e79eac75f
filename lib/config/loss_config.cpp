#include "config/loss_config.h"

namespace seg {

void ContourConfig::describe(Fields& fields) {
  fields.add("iterations", iterations,
             "Erosions n by the 3x3x3 cube in Eq 1; the contour is n voxels thick.",
             between(1, 127));
  fields.add("classes", classes,
             "Classes whose contours make the union C: the targets, or all with background.",
             one_of({"targets", "all"}));
  fields.add("border", border,
             "What lies outside the patch: the nearest voxel's label (replicate), or another label "
             "(zero).",
             one_of({"replicate", "zero"}));
  fields.add(
      "mode", mode,
      "One thickness for all (uniform), or per class and sample from its own thickness (adaptive).",
      one_of({"uniform", "adaptive"}));
  fields.add("beta", beta,
             "With mode adaptive: contour thickness as a share of a class's largest depth.",
             between(0, 1));
}

void DwceConfig::describe(Fields& fields) {
  fields.add("w0", w0, "Weight of a voxel on a border, added to 1.", at_least(0));
  fields.add("sigma", sigma, "Width in voxels of the band of large weights.", above(0));
  fields.add("distance", distance,
             "Distance to the nearest other label, or the sum of the distances to the two nearest "
             "targets (Ronneberger 2015).",
             one_of({"nearest", "two_nearest"}));
}

void LossWeights::describe(Fields& fields) {
  fields.add("ce", ce, "Weight of the cross-entropy term of CEDL and CWCD.", at_least(0));
  fields.add("dice", dice, "Weight of the Dice term of CEDL and CWCD.", at_least(0));
}

void LossConfig::describe(Fields& fields) {
  fields.add("name", name, "The loss: GDL, DWCE, CEDL, CWCD (the paper's), or an ablation.",
             one_of({"GDL", "DWCE", "CEDL", "CWCD", "CE", "CWCE", "DL", "SDL"}));
  fields.add("preset", preset,
             "paper: the equations as printed; release: what the authors' public code computes for "
             "CWCD (sets every other loss key).",
             one_of({"paper", "release"}));
  fields.section("contour", contour);
  fields.add("lambda", lambda, "Share of the contour's Dice in SDL (Eq 6).", between(0, 1));
  fields.add("alpha", alpha, "Extra weight of contour voxels in CWCE: w = 1 + alpha C.",
             at_least(0));
  fields.add("epsilon", epsilon, "Added to the Dice denominators (Eq 2 to 5).", above(0));
  fields.add("ce_reduction", ce_reduction,
             "Cross-entropy: mean over voxels, or the paper's sum over voxels divided by the "
             "number of classes.",
             one_of({"mean", "sum_over_classes"}));
  fields.add("dice_denominator", dice_denominator,
             "Dice denominators: sum p^2 + sum g^2 (the paper's), or sum p + sum g.",
             one_of({"squared", "linear"}));
  fields.add("absent", absent,
             "A class without voxels: counts as the equation has it (a constant 1), or is left out "
             "of the mean.",
             one_of({"count", "skip"}));
  fields.add("include_background", include_background, "Whether background has a Dice term too.");
  fields.add("per_sample", per_sample,
             "Dice and GDL per sample and then the mean, instead of over the batch.");
  fields.section("dwce", dwce);
  fields.section("weights", weights);
}

}  // namespace seg
