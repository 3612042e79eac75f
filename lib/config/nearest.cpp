#include "config/nearest.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace seg {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string nearest_word(std::string_view text, const std::vector<std::string_view>& words) {
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
