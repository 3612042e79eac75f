// How the axes of a grid are read.
#include "core/error.h"
#include "study/grid.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

namespace seg {
namespace {

// An alias may name what it stands in; nothing of a configuration is so deep.
void check_depth(const YAML::Node& node, int left = 32) {
  if (left == 0) throw std::string("holds itself");
  if (!node.IsMap() && !node.IsSequence()) return;
  for (const auto& item : node) check_depth(node.IsMap() ? item.second : item, left - 1);
}

void check_keys(const YAML::Node& map, const std::string& where = "") {
  std::set<std::string> seen;
  for (const auto& item : map) {
    if (!item.first.IsScalar()) throw fmt::format("has{} a key that is no text", where);
    if (!seen.insert(item.first.Scalar()).second)
      throw fmt::format("has{} the key '{}' twice", where, item.first.Scalar());
  }
}

void set_flow(YAML::Node node) {
  if (!node.IsMap() && !node.IsSequence()) return;
  node.SetStyle(YAML::EmitterStyle::Flow);
  for (const auto& item : node) set_flow(node.IsMap() ? item.second : item);
}

std::string flow_text(const YAML::Node& node) {
  const YAML::Node copy = YAML::Clone(node);
  set_flow(copy);
  return YAML::Dump(copy);
}

// Names stand in the names of folders, joined by '_'.
void check_name(const std::string& what, const std::string& name) {
  const bool plain = !name.empty() && name.front() != '.' && name.front() != '-' &&
                     std::all_of(name.begin(), name.end(), [](unsigned char c) {
                       return std::isalnum(c) || c == '-' || c == '.' || c == '+' || c == '=';
                     });
  if (!plain)
    throw fmt::format(
        "has the {} '{}', which names folders: use letters, digits, '-', '.', '+', '=', and title "
        "for how it is shown",
        what, name);
}

AxisValue axis_value(const std::string& name, const YAML::Node& node) {
  AxisValue value;
  value.name = value.title = name;
  check_name("value", name);
  if (node.IsNull()) return value;
  if (!node.IsMap()) throw fmt::format("has the value '{}', which must be a map", name);
  check_keys(node, " at '" + name + "'");
  Fields fields;
  value.describe(fields);
  for (const auto& item : node) {
    const std::string key = item.first.Scalar();
    const auto field = std::find_if(fields.list().begin(), fields.list().end(),
                                    [&](const Field& f) { return f.key == key; });
    if (field == fields.list().end())
      throw fmt::format(
          "has the unknown key '{}' at '{}' (known: title, published, config, set, regions)", key,
          name);
    try {
      field->read(item.second);
    } catch (const std::string& what) {
      throw fmt::format("has at '{}' a {} that {}", name, key, what);
    }
  }
  return value;
}

}  // namespace

void read_value(const YAML::Node& node, const Rule&, Settings& value) {
  if (node.IsNull()) return;
  if (!node.IsMap()) throw std::string("must be a map of keys of the configuration");
  check_keys(node);
  check_depth(node);
  for (const auto& item : node)
    value.list.emplace_back(item.first.Scalar(), flow_text(item.second));
}

void write_value(YAML::Node& out, const Settings& value) {
  out = YAML::Node(YAML::NodeType::Map);
  for (const auto& [key, text] : value.list) out[key] = YAML::Load(text);
}

std::string type_name(const Settings&) { return "map of keys to values"; }

void read_value(const YAML::Node& node, const Rule&, Axes& value) {
  if (!node.IsMap()) throw std::string("must be a map of axes, each a map of its values");
  check_keys(node);
  for (const auto& item : node) {
    Axis axis{item.first.Scalar(), {}};
    check_name("axis", axis.name);
    if (!item.second.IsMap() || item.second.size() == 0)
      throw fmt::format("has the axis '{}', which must be a map of at least one value", axis.name);
    check_keys(item.second, " at '" + axis.name + "'");
    for (const auto& v : item.second) axis.values.push_back(axis_value(v.first.Scalar(), v.second));
    value.list.push_back(std::move(axis));
  }
}

void write_value(YAML::Node& out, const Axes& value) {
  out = YAML::Node(YAML::NodeType::Map);
  for (const Axis& axis : value.list)
    for (const AxisValue& v : axis.values) {
      YAML::Node set;
      write_value(set, v.set);
      out[axis.name][v.name]["set"] = set;
    }
}

std::string type_name(const Axes&) { return "map of axes to their values"; }

void read_value(const YAML::Node& node, const Rule& rule, Selection& value) {
  if (!node.IsSequence()) throw std::string("must be a list of maps from axes to lists of values");
  for (const YAML::Node& item : node) {
    Groups groups;
    read_value(item, rule, groups);
    value.list.push_back(std::move(groups));
  }
}

void write_value(YAML::Node& out, const Selection& value) {
  out = YAML::Node(YAML::NodeType::Sequence);
  for (const Groups& groups : value.list) {
    YAML::Node item;
    write_value(item, groups);
    out.push_back(item);
  }
}

std::string type_name(const Selection&) { return "list of maps from axes to values"; }

}  // namespace seg
