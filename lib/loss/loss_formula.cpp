#include "loss/loss_formula.h"

#include "config/loss_config.h"

namespace seg {
namespace {

void add_cross_entropy(LossFormula& f, const LossConfig& c, CrossEntropyTerm term, double factor) {
  switch (term) {
    case CrossEntropyTerm::none: return;
    case CrossEntropyTerm::plain: f.ce = factor; return;
    case CrossEntropyTerm::by_distance: f.ce = factor; return;  // the weights are in the statistics
    case CrossEntropyTerm::by_contour:
      f.ce = factor;
      f.rest = c.contour.base;
      f.contour = c.contour.base + c.alpha;
      return;
    case CrossEntropyTerm::release:
      f.ce = f.contour = 2;
      f.ce_mean = f.ce_background = true;
      return;
  }
}

void add_dice(LossFormula& f, const LossConfig& c, DiceTerm term, double factor) {
  switch (term) {
    case DiceTerm::none: return;
    case DiceTerm::whole: f.dice_whole = factor; return;
    case DiceTerm::generalised: f.generalised = factor; return;
    case DiceTerm::release: f.release = true; return;
    case DiceTerm::by_region:
      f.dice_contour = factor * c.lambda;
      f.dice_rest = factor * (1 - c.lambda);
      return;
  }
}

}  // namespace

LossFormula formula_of(const LossConfig& c) {
  LossFormula f;
  f.ce_mean = c.ce_reduction == CeReduction::mean;
  f.ce_background = c.ce_background;
  f.linear = c.dice_denominator == DiceDenominator::linear;
  f.background = c.include_background;
  f.count_absent = c.absent == AbsentClass::count;
  f.per_sample = c.per_sample;
  f.epsilon = c.epsilon;
  const LossRow& row = row_of(c.name);
  add_cross_entropy(f, c, row.cross_entropy, row.weighted() ? c.weights.ce : 1);
  add_dice(f, c, row.dice, row.weighted() ? c.weights.dice : 1);
  return f;
}

}  // namespace seg
