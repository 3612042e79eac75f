#include "data/amos_names.h"

#include "core/text.h"

#include <algorithm>
#include <array>

namespace seg {
namespace {

// By file value.
constexpr std::array<const char*, 16> amos_organs = {"background",
                                                     "spleen",
                                                     "right kidney",
                                                     "left kidney",
                                                     "gallbladder",
                                                     "esophagus",
                                                     "liver",
                                                     "stomach",
                                                     "aorta",
                                                     "postcava",
                                                     "pancreas",
                                                     "right adrenal gland",
                                                     "left adrenal gland",
                                                     "duodenum",
                                                     "bladder",
                                                     "prostate/uterus"};

// The letters alone, AMOS's "arota" put right.
std::string letters_of(const std::string& name) {
  std::string letters;
  for (const char c : lower(name))
    if (c >= 'a' && c <= 'z') letters += c;
  return letters == "arota" ? "aorta" : letters;
}

}  // namespace

std::optional<Pairs> amos_names(const Pairs& labels) {
  Pairs named;
  for (const auto& [value, name] : labels) {
    const auto organ = std::find_if(amos_organs.begin(), amos_organs.end(), [&](const char* known) {
      return letters_of(known) == letters_of(name);
    });
    if (organ == amos_organs.end() || std::to_string(organ - amos_organs.begin()) != value)
      return std::nullopt;
    named.emplace_back(value, *organ);
  }
  const bool all = named.size() + 1 >= amos_organs.size();  // the background may be left out
  return all ? std::optional(named) : std::nullopt;
}

}  // namespace seg
