#pragma once
// Another value for any key of the configuration.
#include "config/config.h"
#include "core/error.h"

#include <stdexcept>

namespace seg::test {

// "KEY=VALUE" that changes the key's default, from what the schema says of the key.
inline std::string other_value(const Field& field) {
  std::vector<std::string> candidates = {"true",
                                         "false",
                                         "3",
                                         "0.37",
                                         "[3, 4, 5]",
                                         "[0.5, 1.5]",
                                         "[0.4, 0.9]",
                                         "{train: 0.5, test: [a, 'b: c'], seed: 9, folds: 4}",
                                         "{b: x, a: 'y: #z'}",
                                         "{WT: [a, b], ET: [b]}",
                                         "'null'",
                                         "[~, 7, 9]"};
  if (field.range.starts_with("one of "))
    candidates = {field.range.substr(7, field.range.find(',') - 7),
                  field.range.substr(field.range.rfind(' ') + 1)};
  const std::string before = config_yaml({});
  for (const std::string& text : candidates) {
    const std::string assignment = field.key + "=" + text;
    try {
      if (config_yaml(config_from({assignment})) != before) return assignment;
    } catch (const Error&) {  // no value of this type, or out of its range
    }
  }
  throw std::logic_error(field.key + " takes none of the values of tests/support/other_value.h");
}

}  // namespace seg::test
