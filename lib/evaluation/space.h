#pragma once
#include "config/choice.h"

namespace seg {

// Where prediction and truth are compared. original: on the grid of the label's file, with the
// file's own labels, the network having seen the whole volume. preprocessed: on the grid that
// training sees, within prep.crop: as the model is selected.
enum class Space { original, preprocessed };
constexpr auto words_of(Space) {
  using enum Space;
  return std::to_array<Word<Space>>({{original, "original"}, {preprocessed, "preprocessed"}});
}

}  // namespace seg
