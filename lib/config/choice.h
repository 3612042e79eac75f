#pragma once
// An option that is one of a list of words is an enum. Its one table stands beside it; reading,
// writing, the reference page and the messages follow from that:
//
//   enum class Storage { float32, int16 };
//   constexpr auto words_of(Storage) {
//     using enum Storage;
//     return std::to_array<Word<Storage>>({{float32, "float32"}, {int16, "int16"}});
//   }
#include <array>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

namespace seg {

template <class E>
struct Word {
  E value;
  std::string_view text;
};

template <class E>
concept Choice = std::is_enum_v<E> && requires(E value) {
  words_of(value);
};

// "int16" of Storage::int16.
template <Choice E>
constexpr std::string_view word_of(E value) {
  for (const Word<E>& word : words_of(value))
    if (word.value == value) return word.text;
  return "?";
}

// Storage::int16 of "int16"; nothing for any other text.
template <Choice E>
constexpr std::optional<E> choice_of(std::string_view text) {
  for (const Word<E>& word : words_of(E{}))
    if (word.text == text) return word.value;
  return std::nullopt;
}

// The words in the order of the table.
template <Choice E>
std::vector<std::string_view> all_words() {
  std::vector<std::string_view> texts;
  for (const Word<E>& word : words_of(E{})) texts.push_back(word.text);
  return texts;
}

}  // namespace seg
