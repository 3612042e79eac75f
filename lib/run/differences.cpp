#include "run/differences.h"

#include <fmt/format.h>

namespace seg {

std::string differences(const Config& there, const Config& now) {
  const auto a = key_values(there), b = key_values(now);  // in the same order
  std::string text;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].affects != Affects::nothing && a[i].key != "data.root" && a[i].value != b[i].value)
      text += fmt::format("{}{} ({} there, {} now)", text.empty() ? "" : ", ", a[i].key, a[i].value,
                          b[i].value);
  return text;
}

}  // namespace seg
