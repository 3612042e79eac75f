#pragma once
// One row per loss: its name and the terms of which lib/loss makes it.
#include "config/choice.h"

#include <algorithm>

namespace seg {

enum class LossName { GDL, DWCE, CEDL, CWCD, CE, CWCE, DL, SDL };

enum class CrossEntropyTerm {
  none,
  plain,
  by_contour,   // Eq 9, 10: contour voxels weigh 1 + loss.alpha; reads the contour
  by_distance,  // weighted by loss.dwce; reads the distances
};

enum class DiceTerm {
  none,
  whole,        // Eq 2
  by_region,    // Eq 6: loss.lambda to the contour, the rest to the rest; reads the contour
  generalised,  // GDL
};

// Where a loss has both terms, loss.weights are their factors.
struct LossRow {
  LossName name;
  std::string_view word;
  CrossEntropyTerm cross_entropy;
  DiceTerm dice;

  constexpr bool weighted() const {
    return cross_entropy != CrossEntropyTerm::none && dice != DiceTerm::none;
  }
  constexpr bool reads_contour() const {
    return cross_entropy == CrossEntropyTerm::by_contour || dice == DiceTerm::by_region;
  }
  constexpr bool reads_distances() const { return cross_entropy == CrossEntropyTerm::by_distance; }
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
