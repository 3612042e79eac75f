#pragma once
// An option of a configuration by its word, whatever its enum: config.mode = word("adaptive").
#include "config/choice.h"

#include <string>

namespace seg::test {

struct word {
  std::string text;

  explicit word(std::string_view w) : text(w) {}
  template <Choice E>
  operator E() const {
    return choice_of<E>(text).value();
  }
};

// Every word of a choice.
template <Choice E>
std::vector<std::string> words() {
  std::vector<std::string> all;
  for (const std::string_view text : all_words<E>()) all.emplace_back(text);
  return all;
}

}  // namespace seg::test
