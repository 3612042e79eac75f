#pragma once
// One description per configuration key. A section's describe() names each of its members once:
// key, meaning, range; from that list come reading, checking, writing, --set and the reference
// page. The member's initial value is the default.
#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace seg {

// name -> value in the order of the file: data.labels, data.channels. A plain list reads as names
// with empty values.
using Pairs = std::vector<std::pair<std::string, std::string>>;
// name -> names in the order of the file: evaluation.regions
using Groups = std::vector<std::pair<std::string, std::vector<std::string>>>;
// A size per axis; std::nullopt (null in the file) keeps the axis: prep.crop.size
using Sizes = std::vector<std::optional<std::int64_t>>;

// A text that names a file or folder: ${VAR} expands when it is read.
struct Path {
  std::string text;
  bool empty() const { return text.empty(); }
  operator const std::string&() const { return text; }
};

// Thrown by reading a path that names an environment variable which is not set.
struct UnsetVariable {
  std::string what;
};

// What a value must satisfy; numbers of a list each. Bounds are inclusive unless `above` is set,
// which excludes the lower one.
struct Rule {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool above = false;
  std::vector<std::string> choices = {};  // of a text
  std::vector<std::size_t> lengths = {};  // allowed lengths of a list
  bool interval = false;  // a list of two numbers is [lowest, highest], lowest < highest
};
inline Rule between(double low, double high) { return {low, high}; }
inline Rule at_least(double low) { return {low}; }
inline Rule above(double low) { return {low, std::numeric_limits<double>::infinity(), true}; }
inline Rule one_of(std::vector<std::string> choices) { return {.choices = std::move(choices)}; }
inline Rule three(Rule each) {
  each.lengths = {3};
  return each;
}

struct Field {
  std::string key;                              // "loss.contour.iterations"
  std::string type;                             // "integer", "list of 3 numbers", ...
  std::string range;                            // ">= 1", "one of a, b", ""
  std::string meaning;                          // one sentence
  std::function<void(const YAML::Node&)> read;  // throws std::string: what is wrong with the value
  std::function<YAML::Node()> write;
};

// Collects the fields of a section and its subsections.
class Fields {
 public:
  // T: bool, int64_t, double, std::string, Path, std::optional<double>, std::vector of int64_t,
  // double or std::string, Pairs, Groups, Sizes, or any type with read_value/write_value/type_name
  // overloads in its own section.
  template <class T>
  void add(const std::string& name, T& member, const std::string& meaning, const Rule& rule = {});

  template <class Section>
  void section(const std::string& name, Section& member) {
    const std::string outer = prefix_;
    prefix_ += name + ".";
    member.describe(*this);
    prefix_ = outer;
  }

  const std::vector<Field>& list() const { return list_; }

 private:
  std::string prefix_;
  std::vector<Field> list_;
};

// Value conversions, in values.cpp. read_value throws std::string: a clause such as "must be an
// integer, not 'abc'".
void read_value(const YAML::Node& node, const Rule& rule, bool& value);
void read_value(const YAML::Node& node, const Rule& rule, std::int64_t& value);
void read_value(const YAML::Node& node, const Rule& rule, double& value);
void read_value(const YAML::Node& node, const Rule& rule, std::string& value);
void read_value(const YAML::Node& node, const Rule& rule, Path& value);
void read_value(const YAML::Node& node, const Rule& rule, std::optional<double>& value);
void read_value(const YAML::Node& node, const Rule& rule, std::vector<std::int64_t>& value);
void read_value(const YAML::Node& node, const Rule& rule, std::vector<double>& value);
void read_value(const YAML::Node& node, const Rule& rule, std::vector<std::string>& value);
void read_value(const YAML::Node& node, const Rule& rule, Pairs& value);
void read_value(const YAML::Node& node, const Rule& rule, Groups& value);
void read_value(const YAML::Node& node, const Rule& rule, Sizes& value);

YAML::Node write_value(bool value);
YAML::Node write_value(std::int64_t value);
YAML::Node write_value(double value);
YAML::Node write_value(const std::string& value);
YAML::Node write_value(const Path& value);
YAML::Node write_value(const std::optional<double>& value);
YAML::Node write_value(const std::vector<std::int64_t>& value);
YAML::Node write_value(const std::vector<double>& value);
YAML::Node write_value(const std::vector<std::string>& value);
YAML::Node write_value(const Pairs& value);
YAML::Node write_value(const Groups& value);
YAML::Node write_value(const Sizes& value);

std::string type_name(const bool&);
std::string type_name(const std::int64_t&);
std::string type_name(const double&);
std::string type_name(const std::string&);
std::string type_name(const Path&);
std::string type_name(const std::optional<double>&);
std::string type_name(const std::vector<std::int64_t>&);
std::string type_name(const std::vector<double>&);
std::string type_name(const std::vector<std::string>&);
std::string type_name(const Pairs&);
std::string type_name(const Groups&);
std::string type_name(const Sizes&);

std::string range_text(const Rule& rule);

template <class T>
void Fields::add(const std::string& name, T& member, const std::string& meaning, const Rule& rule) {
  list_.push_back({prefix_ + name, type_name(member), range_text(rule), meaning,
                   [&member, rule](const YAML::Node& node) {
                     T value{};
                     read_value(node, rule, value);
                     member = value;
                   },
                   [&member] { return write_value(member); }});
}

}  // namespace seg
