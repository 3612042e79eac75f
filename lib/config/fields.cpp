#include "config/fields.h"

#include <yaml-cpp/yaml.h>

namespace seg {

std::string Field::text() const {
  YAML::Node node;
  write(node);
  YAML::Emitter out;
  out << YAML::Flow << node;
  return out.c_str();
}

std::vector<KeyValue> Fields::values() const {
  std::vector<KeyValue> values;
  for (const Field& field : list_) values.push_back({field.key, field.text(), field.affects});
  return values;
}

}  // namespace seg
