#pragma once
// The losses of Eq 2 to 10 on the sums of the softmax statistics, each with its derivatives beside
// it. One definition for the processor and, by a warp, for a GPU: there the few hundred sums must
// not come to the host. Derivatives are added to slopes, which has the layout of the sums.
#include "loss/loss_formula.h"
#include "loss/sums_layout.h"

namespace seg {

// Sums of `samples` samples, each as sums_layout.h has it.
struct SumsOfBatch {
  const double* sums;
  float* slopes;
  std::int64_t samples, classes;

  SEG_EVERYWHERE std::int64_t size() const { return sums_size(classes); }
  SEG_EVERYWHERE std::int64_t at(std::int64_t b, int part, int quantity, std::int64_t j) const {
    return b * size() + sum_at(part, quantity, j, classes);
  }
};

// A region: first <= part <= last. A group: samples begin <= b < end that are summed up.
struct Parts {
  int first, last;
};
struct Group {
  std::int64_t begin, end;
};

SEG_EVERYWHERE double sum_of(const SumsOfBatch& s, Parts r, Group g, int quantity, std::int64_t j) {
  double sum = 0;
  for (std::int64_t b = g.begin; b < g.end; ++b)
    for (int part = r.first; part <= r.last; ++part) sum += s.sums[s.at(b, part, quantity, j)];
  return sum;
}

SEG_EVERYWHERE void add_slope(const SumsOfBatch& s, Parts r, Group g, int quantity, std::int64_t j,
                              double slope) {
  for (std::int64_t b = g.begin; b < g.end; ++b)
    for (int part = r.first; part <= r.last; ++part)
      s.slopes[s.at(b, part, quantity, j)] += static_cast<float>(slope);
}

// Who reckons: the classes j, j + step, ... are this one's; sum adds over all of the team.
struct Alone {
  static constexpr std::int64_t member = 0, step = 1;
  double sum(double x) const { return x; }
  void sync() const {}
};

// Eq 2, 4, 5 by region: 1 - 1/|T| sum_j 2 sum p g / (sum p^2 + sum g^2 + eps); g^2 = g. Times
// factor.
template <class Team>
SEG_EVERYWHERE double dice_term(const Team& team, const SumsOfBatch& s, const LossFormula& f,
                                Parts r, Group g, double factor) {
  const std::int64_t first = f.background ? 0 : 1;
  const auto counts = [&](std::int64_t j) {
    return j >= first && (f.count_absent || sum_of(s, r, g, kG, j) > 0);
  };
  double count = static_cast<double>(s.classes - first);
  if (!f.count_absent) {
    count = 0;
    for (std::int64_t j = team.member; j < s.classes; j += team.step) count += counts(j) ? 1 : 0;
    count = team.sum(count);
  }
  const double share = factor / (count > 0 ? count : 1);
  const int p_kind = f.linear ? kP : kP2;
  double value = 0;
  for (std::int64_t j = team.member; j < s.classes; j += team.step) {
    if (!counts(j)) continue;
    const double pg = sum_of(s, r, g, kPG, j), p = sum_of(s, r, g, p_kind, j);
    const double inverse = 1 / (p + sum_of(s, r, g, kG, j) + f.epsilon);
    value += share * (1 - 2 * pg * inverse);
    add_slope(s, r, g, kPG, j, -2 * share * inverse);
    add_slope(s, r, g, p_kind, j, 2 * share * pg * inverse * inverse);
  }
  return team.sum(value);
}

// dice_term averaged over the groups: the batch at once, or its samples.
template <class Team>
SEG_EVERYWHERE double dice_of_groups(const Team& team, const SumsOfBatch& s, const LossFormula& f,
                                     Parts r, double factor) {
  if (factor == 0) return 0;
  if (!f.per_sample) return dice_term(team, s, f, r, {0, s.samples}, factor);
  double value = 0;
  for (std::int64_t b = 0; b < s.samples; ++b)
    value += dice_term(team, s, f, r, {b, b + 1}, factor / static_cast<double>(s.samples));
  return value;
}

// GDL: 1 - 2 sum_j w_j sum p g / sum_j w_j sum (p + g), over all classes, w_j = 1 / (sum g_j)^2; an
// absent class has the largest weight of those present. No voxel at all: 1.
template <class Team>
SEG_EVERYWHERE double generalised_dice(const Team& team, const SumsOfBatch& s, Group g,
                                       double factor) {
  const Parts whole{0, 1};
  double largest = 0, numerator = 0, denominator = 0;
  for (std::int64_t j = 0; j < s.classes; ++j) {  // by every member
    const double n = sum_of(s, whole, g, kG, j), w = n > 0 ? 1 / (n * n) : 0;
    if (w > largest) largest = w;
  }
  for (std::int64_t j = team.member; j < s.classes; j += team.step) {
    const double n = sum_of(s, whole, g, kG, j), w = n > 0 ? 1 / (n * n) : largest;
    numerator += 2 * w * sum_of(s, whole, g, kPG, j);
    denominator += w * (sum_of(s, whole, g, kP, j) + n);
  }
  numerator = team.sum(numerator);
  denominator = team.sum(denominator);
  const bool empty = denominator <= 0;
  const double inverse = empty ? 1 : 1 / denominator;
  for (std::int64_t j = team.member; j < s.classes; j += team.step) {
    const double n = sum_of(s, whole, g, kG, j), w = factor * (n > 0 ? 1 / (n * n) : largest);
    add_slope(s, whole, g, kPG, j, -2 * w * inverse);
    if (!empty) add_slope(s, whole, g, kP, j, w * numerator * inverse * inverse);
  }
  return factor * (1 - numerator * inverse);
}

// Eq 9, 10: 1/N sum_v (base + alpha C) (-log p_y), or the same sum over M. Without background, the
// sums have none of its cross-entropies (their weight is 0), and N and M count the targets.
template <class Team>
SEG_EVERYWHERE double cross_entropy_term(const Team& team, const SumsOfBatch& s,
                                         const LossFormula& f) {
  if (f.ce == 0) return 0;
  const std::int64_t first = f.ce_background ? 0 : 1;
  double n = 0, sum = 0;
  for (std::int64_t j = team.member; j < s.classes; j += team.step)
    if (j >= first) n += sum_of(s, {0, 1}, {0, s.samples}, kG, j);
  n = team.sum(n);
  const double share =
      f.ce / (f.ce_mean ? (n > 1 ? n : 1) : static_cast<double>(s.classes - first));
  for (std::int64_t b = 0; b < s.samples; ++b) {
    const std::int64_t at = b * s.size() + cross_entropy_at(s.classes);
    sum += f.rest * s.sums[at] + f.contour * s.sums[at + 1];
    if (team.member != 0) continue;
    s.slopes[at] += static_cast<float>(share * f.rest);
    s.slopes[at + 1] += static_cast<float>(share * f.contour);
  }
  return share * sum;
}

// The Dice terms of 2 [mean((1 + C) CE) + L_c / 2 + L_noc / 2]. L_c sums over the pairs (v, target
// j) with C_j(v) = 1, that is C(v) = 1 and y(v) = j, so its p g and its p are the contour's p g;
// L_noc sums over all other pairs. Each L = 1 - (2 sum p g + s) / (sum p + sum g + s).
template <class Team>
SEG_EVERYWHERE double release_dice(const Team& team, const SumsOfBatch& s) {
  constexpr double kSmooth = 1e-3;
  const Group all{0, s.samples};
  const Parts rest{0, 0}, contour{1, 1}, whole{0, 1};
  const auto targets = [&](Parts r, int quantity) {
    double sum = 0;
    for (std::int64_t j = team.member; j < s.classes; j += team.step)
      if (j > 0) sum += sum_of(s, r, all, quantity, j);
    return team.sum(sum);
  };
  const double pg_c = targets(contour, kPG), g_c = targets(contour, kG);
  const double pg_rest = targets(rest, kPG), g_rest = targets(rest, kG), p = targets(whole, kP);
  const double n_c = 2 * pg_c + kSmooth, d_c = pg_c + g_c + kSmooth;
  const double n_r = 2 * pg_rest + kSmooth, d_r = p - pg_c + g_rest + kSmooth;
  const double by_p = n_r / (d_r * d_r);  // of -n_r / d_r by p
  for (std::int64_t j = team.member; j < s.classes; j += team.step) {
    if (j == 0) continue;
    add_slope(s, contour, all, kPG, j, -(2 * d_c - n_c) / (d_c * d_c) - by_p);
    add_slope(s, rest, all, kPG, j, -2 / d_r);
    add_slope(s, whole, all, kP, j, by_p);
  }
  return (1 - n_c / d_c) + (1 - n_r / d_r);
}

// The loss; slopes, [samples, sums_size], becomes its derivatives by the sums.
template <class Team>
SEG_EVERYWHERE double loss_of_sums(const Team& team, const LossFormula& f, const SumsOfBatch& s) {
  for (std::int64_t i = team.member; i < s.samples * s.size(); i += team.step) s.slopes[i] = 0;
  team.sync();
  double value = cross_entropy_term(team, s, f);
  if (f.release) return value + release_dice(team, s);
  value += dice_of_groups(team, s, f, {0, 0}, f.dice_rest);
  value += dice_of_groups(team, s, f, {1, 1}, f.dice_contour);
  value += dice_of_groups(team, s, f, {0, 1}, f.dice_whole);
  if (f.generalised == 0) return value;
  if (!f.per_sample) return value + generalised_dice(team, s, {0, s.samples}, f.generalised);
  for (std::int64_t b = 0; b < s.samples; ++b)
    value += generalised_dice(team, s, {b, b + 1}, f.generalised / static_cast<double>(s.samples));
  return value;
}

}  // namespace seg
