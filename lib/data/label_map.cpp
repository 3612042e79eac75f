#include "core/error.h"
#include "core/ignore.h"
#include "core/text.h"
#include "data/layouts.h"
#include "data/volume_names.h"

#include <algorithm>
#include <map>

namespace seg {

LabelMap label_map(const Pairs& labels, const std::string& source) {
  LabelMap map;
  map.classes = {"background"};
  map.to_file = {0};
  map.to_class[0] = 0;
  std::map<int, std::string> written;  // value -> how it was
  for (const auto& [text, name] : labels) {
    const int value = number_of(text).value_or(-1);
    if (value < 0 || value > 65535)
      fail_config("{}: '{}' is not a label value; it maps values to names, e.g. {{1: liver}}",
                  source, text);
    if (const auto [at, fresh] = written.emplace(value, text); !fresh)
      fail_config("{}: the value {} stands twice, as '{}' and '{}'; remove one", source, value,
                  at->second, text);
    if (value == 0 && lower(name) != "background")
      fail_config(
          "{}: the value 0 is named '{}', but 0 is always the background; leave it out or name it "
          "background",
          source, name);
    if (value == 0) continue;
    if (name.empty()) fail_config("{}: the value {} has no name; give it one", source, value);
    if (name == "ignore") {
      map.to_class[value] = kIgnore;
      continue;
    }
    auto found = std::find(map.classes.begin(), map.classes.end(), name);
    if (found == map.classes.end()) {
      found = map.classes.insert(map.classes.end(), name);
      map.to_file.push_back(value);
    }
    map.to_class[value] = static_cast<std::uint8_t>(found - map.classes.begin());
  }
  if (map.classes.size() < 2) fail_config("{} names no class besides background; name one", source);
  if (map.classes.size() > kMostClasses)
    fail_config("{} names {} classes; at most 254 are possible", source, map.classes.size() - 1);
  return map;
}

}  // namespace seg
