#pragma once
#include <cctype>
#include <string>
#include <string_view>

namespace seg {

// The text with small letters for ASCII's capitals.
inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace seg
