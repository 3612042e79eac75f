#include "config/loss_config.h"

namespace seg {

void ContourConfig::describe(Fields& fields) {
  fields.add("iterations", iterations, Affects::result,
             "Erosions n by the 3x3x3 cube in Eq 1; the contour is n voxels thick.",
             within(1, 127));
  fields.add("classes", classes, Affects::result,
             "Classes whose contours make the union C: the targets, or all with background.");
  fields.add("border", border, Affects::result,
             "What lies outside the patch: the nearest voxel's label (replicate), or another label "
             "(zero).");
  fields.add("mode", mode, Affects::result,
             "One thickness for all (uniform), or per class and sample from its own thickness "
             "(adaptive).");
  fields.add("beta", beta, Affects::result,
             "With mode adaptive: contour thickness as a share of a class's largest depth.",
             within(0, 1));
  fields.add("base", base, Affects::result,
             "Weight of the voxels off the contour in the cross-entropy of CWCE and CWCD: w = base "
             "+ loss.alpha C.",
             at_least(0));
}

void DwceConfig::describe(Fields& fields) {
  fields.add("w0", w0, Affects::result, "Weight of a voxel on a border, added to 1.", at_least(0));
  fields.add("sigma", sigma, Affects::result, "Width in voxels of the band of large weights.",
             above(0));
  fields.add("distance", distance, Affects::result,
             "Distance to the nearest other label, or the sum of the distances to the two nearest "
             "targets (Ronneberger 2015).");
}

void LossWeights::describe(Fields& fields) {
  fields.add("ce", ce, Affects::result, "Weight of the cross-entropy term of CEDL and CWCD.",
             at_least(0));
  fields.add("dice", dice, Affects::result, "Weight of the Dice term of CEDL and CWCD.",
             at_least(0));
}

void LossConfig::describe(Fields& fields) {
  fields.add("name", name, Affects::result,
             "The loss: CWCD (Eq 11); GDL, DWCE or CEDL, which it is compared with; an ablation "
             "of it (CE, CWCE, DL, SDL); or what the authors' public code computes, which no other "
             "key of this section changes (CWCD_release).");
  fields.section("contour", contour);
  fields.add("lambda", lambda, Affects::result, "Share of the contour's Dice in SDL (Eq 6).",
             within(0, 1));
  fields.add("alpha", alpha, Affects::result,
             "Extra weight of contour voxels in the cross-entropy of CWCE and CWCD: w = "
             "loss.contour.base + alpha C.",
             at_least(0));
  fields.add("epsilon", epsilon, Affects::result, "Added to the Dice denominators (Eq 2 to 5).",
             above(0));
  fields.add("ce_reduction", ce_reduction, Affects::result,
             "Cross-entropy: mean over voxels, or the sum over voxels divided by the number of "
             "classes, as Eq 9 and 10 are printed.");
  fields.add("ce_background", ce_background, Affects::result,
             "Whether background voxels count in the cross-entropy, and background in the number "
             "of classes; false: neither, as Eq 9 and 10 are printed.");
  fields.add("dice_denominator", dice_denominator, Affects::result,
             "Dice denominators: sum p^2 + sum g^2 (Eq 2), or sum p + sum g.");
  fields.add("absent", absent, Affects::result,
             "A class without voxels: counts as the equation has it (a constant 1), or is left out "
             "of the mean.");
  fields.add("include_background", include_background, Affects::result,
             "Whether background has a Dice term too.");
  fields.add("per_sample", per_sample, Affects::result,
             "Dice and GDL per sample and then the mean, instead of over the batch.");
  fields.section("dwce", dwce);
  fields.section("weights", weights);
}

}  // namespace seg
