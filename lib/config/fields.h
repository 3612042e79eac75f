#pragma once
// One description per configuration key. A section's describe() names each of its members once:
// key, what it affects, meaning, range; from that list come reading, checking, writing, --set, the
// reference page, the cache's folder, what a resumed run may change and a network's signature. The
// member's initial value is the default.
#include "config/choice.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace YAML {
class Node;
}

namespace seg {

// What another value of a key makes invalid. Each but the last also ends a begun run: it cannot go
// on with another value.
enum class Affects {
  voxels,   // the cached volumes of the same files: others are made
  network,  // the shapes of the weights or what they compute, where the network has the key: no
            // checkpoint fits
  result,   // the numbers of training, validation and evaluation, by more than rounding
  nothing,  // none of these: places, threads, memory, and how long a run goes on
};

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
  std::vector<std::size_t> lengths = {};  // allowed lengths of a list
  bool interval = false;  // a list of two numbers is [lowest, highest], lowest < highest
};
inline Rule within(double low, double high) { return {low, high}; }
inline Rule at_least(double low) { return {low}; }
inline Rule above(double low) { return {low, std::numeric_limits<double>::infinity(), true}; }
inline Rule three(Rule each) {
  each.lengths = {3};
  return each;
}

struct Field {
  std::string key;      // "loss.contour.iterations"
  std::string type;     // "integer", "list of 3 numbers", ...
  std::string range;    // ">= 1", "one of a, b", ""
  std::string meaning;  // one sentence
  Affects affects;
  std::function<void(const YAML::Node&)> read;  // throws std::string: what is wrong with the value
  std::function<void(YAML::Node&)> write;
  std::string text() const;  // the value as YAML, on one line
};

// A key with its value as Field::text().
struct KeyValue {
  std::string key, value;
  Affects affects;
};

// Collects the fields of a section and its subsections.
class Fields {
 public:
  // T: bool, int64_t, double, std::string, Path, std::optional<double>, std::vector of int64_t,
  // double or std::string, Pairs, Groups, Sizes, an enum with words_of() (choice.h), or any type
  // with read_value/write_value/type_name overloads in its own section.
  template <class T>
  void add(const std::string& name, T& member, Affects affects, const std::string& meaning,
           const Rule& rule = {});

  template <class Section>
  void section(const std::string& name, Section& member) {
    const std::string outer = prefix_;
    prefix_ += name + ".";
    member.describe(*this);
    prefix_ = outer;
  }

  const std::vector<Field>& list() const { return list_; }
  std::vector<KeyValue> values() const;

 private:
  std::string prefix_;
  std::vector<Field> list_;
};

// The values of a section, its keys named from there, or of the whole configuration.
template <class Section>
std::vector<KeyValue> key_values(Section section) {
  Fields fields;
  section.describe(fields);
  return fields.values();
}

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

void write_value(YAML::Node& out, bool value);
void write_value(YAML::Node& out, std::int64_t value);
void write_value(YAML::Node& out, double value);
void write_value(YAML::Node& out, const std::string& value);
void write_value(YAML::Node& out, const Path& value);
void write_value(YAML::Node& out, const std::optional<double>& value);
void write_value(YAML::Node& out, const std::vector<std::int64_t>& value);
void write_value(YAML::Node& out, const std::vector<double>& value);
void write_value(YAML::Node& out, const std::vector<std::string>& value);
void write_value(YAML::Node& out, const Pairs& value);
void write_value(YAML::Node& out, const Groups& value);
void write_value(YAML::Node& out, const Sizes& value);

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

// The index of the node's text in `words`.
std::size_t read_word(const YAML::Node& node, const std::vector<std::string_view>& words);
void write_value(YAML::Node& out, std::string_view value);

template <Choice E>
void read_value(const YAML::Node& node, const Rule&, E& value) {
  value = words_of(E{})[read_word(node, all_words<E>())].value;
}
template <Choice E>
void write_value(YAML::Node& out, E value) {
  write_value(out, word_of(value));
}
template <Choice E>
std::string type_name(const E&) {
  return "text";
}

// "at least 1", "one of a, b", or nothing.
std::string range_text(const Rule& rule);
std::string range_text(const std::vector<std::string_view>& words);

template <class T>
std::string range_of(const Rule& rule) {
  if constexpr (Choice<T>)
    return range_text(all_words<T>());
  else
    return range_text(rule);
}

template <class T>
void Fields::add(const std::string& name, T& member, Affects affects, const std::string& meaning,
                 const Rule& rule) {
  list_.push_back({prefix_ + name, type_name(member), range_of<T>(rule), meaning, affects,
                   [&member, rule](const YAML::Node& node) {
                     T value{};
                     read_value(node, rule, value);
                     member = value;
                   },
                   [&member](YAML::Node& out) { write_value(out, member); }});
}

}  // namespace seg
