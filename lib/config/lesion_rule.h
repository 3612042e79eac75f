#pragma once
#include "config/choice.h"

namespace seg {

// By which rules the lesions of two label maps are paired and scored: lib/metric/lesions.h for
// those of the BraTS challenges (brats2023_met: its metastases), lib/metric/panoptic.h.
enum class LesionRule { brats2023, brats2023_met, brats2024, panoptic };
constexpr auto words_of(LesionRule) {
  using enum LesionRule;
  return std::to_array<Word<LesionRule>>({{brats2023, "brats2023"},
                                          {brats2023_met, "brats2023_met"},
                                          {brats2024, "brats2024"},
                                          {panoptic, "panoptic"}});
}

}  // namespace seg
