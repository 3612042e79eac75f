#pragma once
// The losses of Eq 2 to 10 on the sums of the softmax statistics, each with its derivatives beside
// it. One definition for the processor and, by one thread, for a GPU: there the few hundred sums
// must not come to the host. Derivatives are added to slopes, which has the layout of the sums.
#include "loss/loss_formula.h"

#ifdef __CUDACC__
#define SEG_EVERYWHERE __host__ __device__ inline
#else
#define SEG_EVERYWHERE inline
#endif

namespace seg {

// Sums of `samples` samples, each [2 parts, 4 quantities, classes] = (p g, p^2, p, g) and then the
// cross-entropies [2 parts]; part 0 is the rest, part 1 the contour.
struct SumsOfBatch {
  const double* sums;
  float* slopes;
  std::int64_t samples, classes;

  SEG_EVERYWHERE std::int64_t size() const { return 8 * classes + 2; }
  SEG_EVERYWHERE std::int64_t at(std::int64_t b, int part, int quantity, std::int64_t j) const {
    return b * size() + (part * 4 + quantity) * classes + j;
  }
};

enum Quantity { kPG, kP2, kP, kG };

// A region: first <= part <= last. A group: samples begin <= b < end that are summed up.
struct Parts {
  int first, last;
};
struct Group {
  std::int64_t begin, end;
};

SEG_EVERYWHERE double sum_of(const SumsOfBatch& s, Parts r, Group g, int quantity,
                             std::int64_t j) {
  double sum = 0;
  for (std::int64_t b = g.begin; b < g.end; ++b)
    for (int part = r.first; part <= r.last; ++part) sum += s.sums[s.at(b, part, quantity, j)];
  return sum;
}

SEG_EVERYWHERE void add_slope(const SumsOfBatch& s, Parts r, Group g, int quantity,
                              std::int64_t j, double slope) {
  for (std::int64_t b = g.begin; b < g.end; ++b)
    for (int part = r.first; part <= r.last; ++part)
      s.slopes[s.at(b, part, quantity, j)] += static_cast<float>(slope);
}

// Eq 2, 4, 5 by region: 1 - 1/|T| sum_j 2 sum p g / (sum p^2 + sum g^2 + eps); g^2 = g. Times
// factor.
SEG_EVERYWHERE double dice_term(const SumsOfBatch& s, const LossFormula& f, Parts r, Group g,
                                double factor) {
  const std::int64_t first = f.background ? 0 : 1;
  double count = 0;
  for (std::int64_t j = first; j < s.classes; ++j)
    count += f.count_absent || sum_of(s, r, g, kG, j) > 0 ? 1 : 0;
  const double share = factor / (count > 0 ? count : 1);
  const int p_kind = f.linear ? kP : kP2;
  double value = 0;
  for (std::int64_t j = first; j < s.classes; ++j) {
    const double present = sum_of(s, r, g, kG, j);
    if (!f.count_absent && !(present > 0)) continue;
    const double pg = sum_of(s, r, g, kPG, j), p = sum_of(s, r, g, p_kind, j);
    const double inverse = 1 / (p + present + f.epsilon);
    value += share * (1 - 2 * pg * inverse);
    add_slope(s, r, g, kPG, j, -2 * share * inverse);
    add_slope(s, r, g, p_kind, j, 2 * share * pg * inverse * inverse);
  }
  return value;
}

// Dice_term averaged over the groups: the batch at once, or its samples.
SEG_EVERYWHERE double dice_of_groups(const SumsOfBatch& s, const LossFormula& f, Parts r,
                                     double factor) {
  if (factor == 0) return 0;
  if (!f.per_sample) return dice_term(s, f, r, {0, s.samples}, factor);
  double value = 0;
  for (std::int64_t b = 0; b < s.samples; ++b)
    value += dice_term(s, f, r, {b, b + 1}, factor / static_cast<double>(s.samples));
  return value;
}

// w_j = 1 / (sum g_j)^2; an absent class has the largest weight of those present.
SEG_EVERYWHERE double generalised_weight(double present, double largest) {
  return present > 0 ? 1 / (present * present) : largest;
}

// GDL: 1 - 2 sum_j w_j sum p g / sum_j w_j sum (p + g), over all classes. No voxel at all: 1.
SEG_EVERYWHERE double generalised_dice(const SumsOfBatch& s, Group g, double factor) {
  const Parts whole{0, 1};
  double largest = 0, numerator = 0, denominator = 0;
  for (std::int64_t j = 0; j < s.classes; ++j) {
    const double w = generalised_weight(sum_of(s, whole, g, kG, j), 0);
    if (w > largest) largest = w;
  }
  for (std::int64_t j = 0; j < s.classes; ++j) {
    const double present = sum_of(s, whole, g, kG, j), w = generalised_weight(present, largest);
    numerator += 2 * w * sum_of(s, whole, g, kPG, j);
    denominator += w * (sum_of(s, whole, g, kP, j) + present);
  }
  const bool empty = denominator <= 0;
  const double inverse = empty ? 1 : 1 / denominator;
  for (std::int64_t j = 0; j < s.classes; ++j) {
    const double w = factor * generalised_weight(sum_of(s, whole, g, kG, j), largest);
    add_slope(s, whole, g, kPG, j, -2 * w * inverse);
    if (!empty) add_slope(s, whole, g, kP, j, w * numerator * inverse * inverse);
  }
  return factor * (1 - numerator * inverse);
}

// Eq 9, 10: 1/N sum_v (1 + alpha C) (-log p_y), or the same sum over M. Times factor.
SEG_EVERYWHERE double cross_entropy_term(const SumsOfBatch& s, double contour, bool mean,
                                         double factor) {
  if (factor == 0) return 0;
  double n = 0, sum = 0;
  for (std::int64_t b = 0; b < s.samples; ++b) {
    for (std::int64_t j = 0; j < s.classes; ++j) n += sum_of(s, {0, 1}, {b, b + 1}, kG, j);
    const double* ce = s.sums + b * s.size() + 8 * s.classes;
    sum += ce[0] + contour * ce[1];
  }
  const double share = factor / (mean ? (n > 1 ? n : 1) : static_cast<double>(s.classes));
  for (std::int64_t b = 0; b < s.samples; ++b) {
    float* d_ce = s.slopes + b * s.size() + 8 * s.classes;
    d_ce[0] += static_cast<float>(share), d_ce[1] += static_cast<float>(share * contour);
  }
  return share * sum;
}

// 2 [mean((1 + C) CE) + L_c / 2 + L_noc / 2]. L_c sums over the pairs (v, target j) with C_j(v) =
// 1, that is C(v) = 1 and y(v) = j, so its p g and its p are the contour's p g; L_noc sums over all
// other pairs. Each L = 1 - (2 sum p g + s) / (sum p + sum g + s).
SEG_EVERYWHERE double release_loss(const SumsOfBatch& s) {
  constexpr double kSmooth = 1e-3;
  const Group all{0, s.samples};
  const Parts rest{0, 0}, contour{1, 1}, whole{0, 1};
  double pg_c = 0, g_c = 0, pg_rest = 0, p = 0, g_rest = 0;
  for (std::int64_t j = 1; j < s.classes; ++j) {
    pg_c += sum_of(s, contour, all, kPG, j), g_c += sum_of(s, contour, all, kG, j);
    pg_rest += sum_of(s, rest, all, kPG, j), g_rest += sum_of(s, rest, all, kG, j);
    p += sum_of(s, whole, all, kP, j);
  }
  const double n_c = 2 * pg_c + kSmooth, d_c = pg_c + g_c + kSmooth;
  const double n_r = 2 * pg_rest + kSmooth, d_r = p - pg_c + g_rest + kSmooth;
  const double by_p = n_r / (d_r * d_r);  // of -n_r / d_r by p
  for (std::int64_t j = 1; j < s.classes; ++j) {
    add_slope(s, contour, all, kPG, j, -(2 * d_c - n_c) / (d_c * d_c) - by_p);
    add_slope(s, rest, all, kPG, j, -2 / d_r);
    add_slope(s, whole, all, kP, j, by_p);
  }
  return cross_entropy_term(s, 2, true, 2) + (1 - n_c / d_c) + (1 - n_r / d_r);
}

// The loss; slopes, [samples, 8 classes + 2], becomes its derivatives by the sums.
SEG_EVERYWHERE double loss_of_sums(const LossFormula& f, const SumsOfBatch& s) {
  for (std::int64_t i = 0; i < s.samples * s.size(); ++i) s.slopes[i] = 0;
  if (f.release) return release_loss(s);
  double value = cross_entropy_term(s, f.contour, f.ce_mean, f.ce);
  value += dice_of_groups(s, f, {0, 0}, f.dice_rest);
  value += dice_of_groups(s, f, {1, 1}, f.dice_contour);
  value += dice_of_groups(s, f, {0, 1}, f.dice_whole);
  if (f.generalised == 0) return value;
  if (!f.per_sample) return value + generalised_dice(s, {0, s.samples}, f.generalised);
  for (std::int64_t b = 0; b < s.samples; ++b)
    value += generalised_dice(s, {b, b + 1}, f.generalised / static_cast<double>(s.samples));
  return value;
}

}  // namespace seg
