#include "evaluation/tissues.h"

#include "core/error.h"
#include "core/text.h"

#include <array>
#include <map>

namespace seg {
namespace {

constexpr std::pair<std::string_view, std::string_view> names[] = {
    {"netc", "NETC"},
    {"ncr", "NETC"},
    {"ntc", "NETC"},
    {"ncr/net", "NETC"},
    {"necrotic core", "NETC"},
    {"non-enhancing tumor core", "NETC"},
    {"1", "NETC"},
    {"snfh", "SNFH"},
    {"ed", "SNFH"},
    {"edema", "SNFH"},
    {"2", "SNFH"},
    {"et", "ET"},
    {"enhancing tumor", "ET"},
    {"enhancing tissue", "ET"},
    {"3", "ET"},
    {"rc", "RC"},
    {"resection cavity", "RC"},
    {"4", "RC"}};

std::string_view tissue_of(const std::string& name) {
  for (const auto& [known, tissue] : names)
    if (lower(name) == known) return tissue;
  return "";
}

bool knows_cavity(LesionRule rule) { return rule == LesionRule::brats2024; }

}  // namespace

std::vector<Region> tissue_regions(LesionRule rule, const std::vector<std::string>& classes) {
  std::map<std::string, std::vector<std::int64_t>, std::less<>> tissues;
  for (std::size_t c = 1; c < classes.size(); ++c) {
    const std::string_view tissue = tissue_of(classes[c]);
    if (tissue.empty() || (tissue == "RC" && !knows_cavity(rule)))
      fail_config(
          "--lesions {}: the class '{}' is none of its tissues ({}); name the classes so, in "
          "--labels or data.labels",
          word_of(rule), classes[c], knows_cavity(rule) ? "NETC, SNFH, ET, RC" : "NETC, SNFH, ET");
    tissues[std::string(tissue)].push_back(static_cast<std::int64_t>(c));
  }
  for (const char* tissue : {"NETC", "SNFH", "ET"})
    if (!tissues.contains(tissue))
      fail_config("--lesions {}: no class is its tissue {}; name it, in --labels or data.labels",
                  word_of(rule), tissue);
  const auto united = [&](const char* name, const std::vector<const char*>& members) {
    Region region{name, {}};
    for (const char* member : members)
      for (const std::int64_t c : tissues[member]) region.classes.push_back(c);
    return region;
  };
  std::vector<Region> regions = {united("WT", {"NETC", "SNFH", "ET"}), united("TC", {"NETC", "ET"}),
                                 united("ET", {"ET"})};
  if (knows_cavity(rule))
    for (const char* tissue : {"NETC", "SNFH", "RC"}) regions.push_back(united(tissue, {tissue}));
  return regions;
}

}  // namespace seg
