#pragma once
// One row per loss: its name and the terms of which lib/loss makes it.
#include "config/choice.h"

#include <algorithm>

namespace seg {

enum class LossName { GDL, DWCE, CEDL, CWCD, CE, CWCE, DL, SDL, CWCD_release };

enum class CrossEntropyTerm {
  none,
  plain,
  by_contour,   // Eq 10: loss.contour.base + loss.alpha C; reads the contour
  by_distance,  // weighted by loss.dwce; reads the distances
  release,      // 2 mean((1 + C) CE), C of one erosion; no key of the loss changes it
};

enum class DiceTerm {
  none,
  whole,        // Eq 2
  by_region,    // Eq 6: loss.lambda to the contour, the rest to the rest; reads the contour
  generalised,  // GDL
  release,      // L_c + L_noc of the authors' public code; no key of the loss changes it
};

// Where a loss has both terms, loss.weights are their factors.
struct LossRow {
  LossName name;
  std::string_view word;
  CrossEntropyTerm cross_entropy;
  DiceTerm dice;

  constexpr bool weighted() const {
    return cross_entropy != CrossEntropyTerm::none && dice != DiceTerm::none && !release();
  }
  constexpr bool reads_contour() const {
    return cross_entropy == CrossEntropyTerm::by_contour || dice == DiceTerm::by_region ||
           release();
  }
  constexpr bool reads_distances() const { return cross_entropy == CrossEntropyTerm::by_distance; }
  constexpr bool release() const { return dice == DiceTerm::release; }
};

inline constexpr auto loss_rows = std::to_array<LossRow>({
    {LossName::GDL, "GDL", CrossEntropyTerm::none, DiceTerm::generalised},
    {LossName::DWCE, "DWCE", CrossEntropyTerm::by_distance, DiceTerm::none},
    {LossName::CEDL, "CEDL", CrossEntropyTerm::plain, DiceTerm::whole},
    {LossName::CWCD, "CWCD", CrossEntropyTerm::by_contour, DiceTerm::by_region},  // Eq 11
    {LossName::CE, "CE", CrossEntropyTerm::plain, DiceTerm::none},
    {LossName::CWCE, "CWCE", CrossEntropyTerm::by_contour, DiceTerm::none},
    {LossName::DL, "DL", CrossEntropyTerm::none, DiceTerm::whole},
    {LossName::SDL, "SDL", CrossEntropyTerm::none, DiceTerm::by_region},
    {LossName::CWCD_release, "CWCD_release", CrossEntropyTerm::release, DiceTerm::release},
});

constexpr auto words_of(LossName) {
  std::array<Word<LossName>, loss_rows.size()> words{};
  std::transform(loss_rows.begin(), loss_rows.end(), words.begin(), [](const LossRow& row) {
    return Word<LossName>{row.name, row.word};
  });
  return words;
}

constexpr const LossRow& row_of(LossName name) {
  return *std::find_if(loss_rows.begin(), loss_rows.end(),
                       [name](const LossRow& row) { return row.name == name; });
}

}  // namespace seg
