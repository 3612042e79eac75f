#pragma once
// What was probably meant by a word that is none of those known.
#include <string>
#include <string_view>
#include <vector>

namespace seg {

// Letters to insert, remove, replace or swap with their neighbour to make b of a.
std::size_t edit_distance(std::string_view a, std::string_view b);

// Letters of a text that may be a word misspelt; a longer one is compared with none.
constexpr std::size_t longest_word = 64;

// "; did you mean 'unet'?", or nothing where no word is near; capital letters do not count.
std::string nearest_word(std::string_view text, const std::vector<std::string_view>& words);

}  // namespace seg
