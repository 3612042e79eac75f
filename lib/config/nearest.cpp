#include "config/nearest.h"

#include "core/text.h"

#include <algorithm>

namespace seg {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> least(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      std::size_t& d = least[i][j];
      d = i == 0 ? j : i;
      if (i == 0 || j == 0) continue;
      d = std::min(
          {least[i - 1][j] + 1, least[i][j - 1] + 1, least[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d = std::min(d, least[i - 2][j - 2] + 1);
    }
  return least[a.size()][b.size()];
}

std::string nearest_word(std::string_view text, const std::vector<std::string_view>& words) {
  if (text.size() > longest_word) return "";
  std::string best;
  std::size_t least = text.size() / 2 + 1;  // half of it may be wrong
  for (const std::string_view word : words) {
    const std::size_t distance = edit_distance(lower(text), lower(word));
    if (distance >= least) continue;
    least = distance;
    best = word;
  }
  return best.empty() ? "" : "; did you mean '" + best + "'?";
}

}  // namespace seg
