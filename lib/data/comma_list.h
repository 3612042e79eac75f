#pragma once
// Names in a message.
#include <fmt/format.h>

#include <string>
#include <vector>

namespace seg {

// "a, b, c", at most `most` of them, then "and N more".
inline std::string comma_list(const std::vector<std::string>& names, std::size_t most = 20) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) text += (i ? ", " : "") + names[i];
  return names.size() > most ? fmt::format("{} and {} more", text, names.size() - most) : text;
}

}  // namespace seg
