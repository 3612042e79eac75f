#include "loss/loss_formula.h"

#include "core/error.h"

namespace seg {
namespace {

void add_ce(LossFormula& f, double factor) { f.ce = factor; }
void add_cwce(LossFormula& f, const LossConfig& c, double factor) {  // Eq 9, 10
  f.ce = factor, f.contour = 1 + c.alpha;
}
void add_dl(LossFormula& f, double factor) { f.dice_whole = factor; }  // Eq 2
void add_sdl(LossFormula& f, const LossConfig& c, double factor) {     // Eq 6
  f.dice_contour = factor * c.lambda, f.dice_rest = factor * (1 - c.lambda);
}

}  // namespace

LossFormula formula_of(const LossConfig& c) {
  LossFormula f;
  f.ce_mean = c.ce_reduction == "mean";
  f.linear = c.dice_denominator == "linear";
  f.background = c.include_background, f.count_absent = c.absent == "count";
  f.per_sample = c.per_sample, f.epsilon = c.epsilon;
  f.release = c.preset == "release";
  const std::string& name = c.name;
  if (name == "CE" || name == "DWCE") {  // DWCE's weights are in the statistics
    add_ce(f, 1);
  } else if (name == "CWCE") {
    add_cwce(f, c, 1);
  } else if (name == "DL") {
    add_dl(f, 1);
  } else if (name == "SDL") {
    add_sdl(f, c, 1);
  } else if (name == "GDL") {
    f.generalised = 1;
  } else if (name == "CEDL") {
    add_ce(f, c.weights.ce), add_dl(f, c.weights.dice);
  } else if (name == "CWCD") {  // Eq 11
    add_cwce(f, c, c.weights.ce), add_sdl(f, c, c.weights.dice);
  } else {
    fail_config("loss.name: {} is none of GDL, DWCE, CEDL, CWCD, CE, CWCE, DL, SDL", name);
  }
  return f;
}

}  // namespace seg
