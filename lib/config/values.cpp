// Conversion of YAML values to the types a field may have, and the sentences about values that do
// not fit.
#include "config/fields.h"
#include "config/nearest.h"
#include "core/text.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace seg {
namespace {

std::string shown(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar: return "'" + node.Scalar() + "'";
    case YAML::NodeType::Sequence: return "a list";
    case YAML::NodeType::Map: return "a map";
    default: return "nothing";
  }
}

[[noreturn]] void must_be(const std::string& what, const YAML::Node& node) {
  throw fmt::format("must be {}, not {}", what, shown(node));
}

// The text of a scalar, which may stand in a file name and in JSON.
std::string text_of(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (text.find('\0') != std::string::npos) throw std::string("must not hold a NUL character");
  if (!is_utf8(text)) throw fmt::format("must be UTF-8 text, not '{}'", visible(text));
  return text;
}

// 010: to YAML 1.1 an octal number, to 1.2 a decimal one.
bool leads_with_zero(const std::string& text) {
  const std::size_t first = text.find_first_not_of("+-");
  return first != std::string::npos && first + 1 < text.size() && text[first] == '0' &&
         std::isdigit(static_cast<unsigned char>(text[first + 1]));
}

std::int64_t integer_of(const YAML::Node& node) {
  if (!node.IsScalar() || node.Tag() == "!") must_be("an integer", node);
  const std::string& text = node.Scalar();
  if (leads_with_zero(text)) must_be("an integer without leading zeros", node);
  const char *begin = text.data() + (text.starts_with('+') ? 1 : 0),
             *end = text.data() + text.size();
  std::int64_t value = 0;
  const auto [rest, error] = std::from_chars(begin, end, value);
  if (text.starts_with("+-")) must_be("an integer", node);
  if (error == std::errc::result_out_of_range) must_be("an integer of 64 bits", node);
  if (error != std::errc() || rest != end) must_be("an integer", node);
  return value;
}

std::string number_text(double x) { return fmt::format("{}", x); }

void check_number(double x, const Rule& rule) {
  const bool fits = (rule.above ? x > rule.low : x >= rule.low) && x <= rule.high;
  if (!fits) throw fmt::format("must be {}, not {}", range_text(rule), number_text(x));
}

void check_length(std::size_t length, const Rule& rule) {
  if (rule.lengths.empty()) return;
  for (const std::size_t allowed : rule.lengths)
    if (length == allowed) return;
  std::string counts;
  for (const std::size_t allowed : rule.lengths)
    counts += (counts.empty() ? "" : " or ") + std::to_string(allowed);
  throw fmt::format("must have {} values, not {}", counts, length);
}

std::string expand_variables(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool opens = text.compare(i, 2, "${") == 0;
    const std::size_t close = opens ? text.find('}', i) : std::string::npos;
    if (close == std::string::npos) {
      out += text[i++];
      continue;
    }
    const std::string name = text.substr(i + 2, close - i - 2);
    const char* value = std::getenv(name.c_str());
    if (!value)
      throw UnsetVariable{fmt::format("names the environment variable {}, which is not set", name)};
    out += value;
    i = close + 1;
  }
  return out;
}

template <class T>
void read_list(const YAML::Node& node, const Rule& rule, const std::string& what,
               std::vector<T>& value) {
  if (!node.IsSequence()) must_be(what, node);
  check_length(node.size(), rule);
  for (const YAML::Node& item : node) {
    T element{};
    read_value(item, rule, element);
    value.push_back(std::move(element));
  }
}

template <class T>
YAML::Node node_of(const T& value) {
  YAML::Node node;
  write_value(node, value);
  return node;
}

template <class T>
void write_list(YAML::Node& out, const std::vector<T>& value) {
  out = YAML::Node(YAML::NodeType::Sequence);
  for (const T& element : value) out.push_back(node_of(element));
  out.SetStyle(YAML::EmitterStyle::Flow);
}

}  // namespace

void read_value(const YAML::Node& node, const Rule&, bool& value) {
  if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) must_be("true or false", node);
}

void read_value(const YAML::Node& node, const Rule& rule, std::int64_t& value) {
  value = integer_of(node);
  check_number(static_cast<double>(value), rule);
}

void read_value(const YAML::Node& node, const Rule& rule, double& value) {
  if (!node.IsScalar() || node.Tag() == "!" || !YAML::convert<double>::decode(node, value) ||
      !std::isfinite(value))
    must_be("a number", node);
  if (leads_with_zero(node.Scalar())) must_be("a number without leading zeros", node);
  check_number(value, rule);
}

void read_value(const YAML::Node& node, const Rule&, std::string& value) {
  if (!node.IsScalar()) must_be("a text", node);
  value = text_of(node);
}

std::size_t read_word(const YAML::Node& node, const std::vector<std::string_view>& words) {
  if (!node.IsScalar()) must_be(range_text(words), node);
  const std::string& text = node.Scalar();
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end())
    throw fmt::format("must be {}, not '{}'{}", range_text(words), text, nearest_word(text, words));
  return static_cast<std::size_t>(found - words.begin());
}

void read_value(const YAML::Node& node, const Rule&, Path& value) {
  if (node.IsNull()) return;
  if (!node.IsScalar()) must_be("a path", node);
  value.text = expand_variables(text_of(node));
}

void read_value(const YAML::Node& node, const Rule& rule, std::optional<double>& value) {
  if (node.IsNull()) return;
  double number = 0;
  read_value(node, rule, number);
  value = number;
}

void read_value(const YAML::Node& node, const Rule& rule, std::vector<std::int64_t>& value) {
  read_list(node, rule, "a list of integers", value);
}
void read_value(const YAML::Node& node, const Rule& rule, std::vector<double>& value) {
  read_list(node, rule, "a list of numbers", value);
  if (rule.interval && value.size() == 2 && !(value[0] < value[1]))
    throw fmt::format("must be [lowest, highest] with lowest < highest, not [{}, {}]", value[0],
                      value[1]);
}
void read_value(const YAML::Node& node, const Rule& rule, std::vector<std::string>& value) {
  read_list(node, rule, "a list of names", value);
}

void read_value(const YAML::Node& node, const Rule& rule, Sizes& value) {
  if (node.IsNull()) return;
  if (!node.IsSequence()) must_be("a list of integers or nulls", node);
  check_length(node.size(), rule);
  for (const YAML::Node& item : node) {
    if (item.IsNull()) {
      value.emplace_back();
      continue;
    }
    std::int64_t size = 0;
    read_value(item, rule, size);
    value.emplace_back(size);
  }
}

void read_value(const YAML::Node& node, const Rule&, Pairs& value) {
  if (!node.IsMap() && !node.IsSequence()) must_be("a list of names or a map", node);
  for (const auto& item : node) {
    if (node.IsSequence()) {
      if (!item.IsScalar()) must_be("a list of names", item);
      value.emplace_back(text_of(item), "");
      continue;
    }
    if (!item.first.IsScalar()) must_be("a map from texts", item.first);
    if (!item.second.IsScalar())
      throw fmt::format("must map '{}' to one text, not to {}", item.first.Scalar(),
                        shown(item.second));
    value.emplace_back(text_of(item.first), text_of(item.second));
  }
  for (std::size_t i = 0; i < value.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (value[i].first == value[j].first) throw fmt::format("has '{}' twice", value[i].first);
}

void read_value(const YAML::Node& node, const Rule&, Groups& value) {
  if (node.IsNull()) return;
  if (!node.IsMap()) must_be("a map from a name to a list of names", node);
  for (const auto& item : node) {
    if (!item.first.IsScalar()) must_be("a map from a name to a list of names", item.first);
    std::vector<std::string> names;
    read_value(item.second, {}, names);
    value.emplace_back(text_of(item.first), names);
  }
}

void write_value(YAML::Node& out, bool value) { out = YAML::Node(value); }
void write_value(YAML::Node& out, std::int64_t value) { out = YAML::Node(value); }
void write_value(YAML::Node& out, double value) { out = YAML::Node(number_text(value)); }
void write_value(YAML::Node& out, const std::string& value) { out = YAML::Node(value); }
void write_value(YAML::Node& out, std::string_view value) { out = YAML::Node(std::string(value)); }
void write_value(YAML::Node& out, const Path& value) { out = YAML::Node(value.text); }
void write_value(YAML::Node& out, const std::optional<double>& value) {
  out = value ? node_of(*value) : YAML::Node(YAML::NodeType::Null);
}
void write_value(YAML::Node& out, const std::vector<std::int64_t>& value) {
  write_list(out, value);
}
void write_value(YAML::Node& out, const std::vector<double>& value) { write_list(out, value); }
void write_value(YAML::Node& out, const std::vector<std::string>& value) { write_list(out, value); }

void write_value(YAML::Node& out, const Sizes& value) {
  if (value.empty()) {
    out = YAML::Node(YAML::NodeType::Null);
    return;
  }
  out = YAML::Node(YAML::NodeType::Sequence);
  for (const auto& size : value)
    out.push_back(size ? node_of(*size) : YAML::Node(YAML::NodeType::Null));
  out.SetStyle(YAML::EmitterStyle::Flow);
}

void write_value(YAML::Node& out, const Pairs& value) {
  bool names_only = !value.empty();
  for (const auto& pair : value) names_only = names_only && pair.second.empty();
  out = YAML::Node(names_only ? YAML::NodeType::Sequence : YAML::NodeType::Map);
  for (const auto& [name, text] : value) {
    if (names_only)
      out.push_back(name);
    else
      out[name] = text;
  }
  out.SetStyle(YAML::EmitterStyle::Flow);
}

void write_value(YAML::Node& out, const Groups& value) {
  out = YAML::Node(YAML::NodeType::Map);
  for (const auto& [name, names] : value) out[name] = node_of(names);
  out.SetStyle(YAML::EmitterStyle::Flow);
}

std::string type_name(const bool&) { return "true or false"; }
std::string type_name(const std::int64_t&) { return "integer"; }
std::string type_name(const double&) { return "number"; }
std::string type_name(const std::string&) { return "text"; }
std::string type_name(const Path&) { return "path"; }
std::string type_name(const std::optional<double>&) { return "number or null"; }
std::string type_name(const std::vector<std::int64_t>&) { return "list of integers"; }
std::string type_name(const std::vector<double>&) { return "list of numbers"; }
std::string type_name(const std::vector<std::string>&) { return "list of names"; }
std::string type_name(const Pairs&) { return "map, or list of names"; }
std::string type_name(const Groups&) { return "map from a name to names"; }
std::string type_name(const Sizes&) { return "list of integers or nulls"; }

std::string range_text(const std::vector<std::string_view>& words) {
  return fmt::format("one of {}", fmt::join(words, ", "));
}

std::string range_text(const Rule& rule) {
  const bool bounded_below = std::isfinite(rule.low), bounded_above = std::isfinite(rule.high);
  if (bounded_below && bounded_above)
    return fmt::format("{} {} and at most {}", rule.above ? "above" : "at least",
                       number_text(rule.low), number_text(rule.high));
  if (bounded_below)
    return fmt::format("{} {}", rule.above ? "above" : "at least", number_text(rule.low));
  if (bounded_above) return fmt::format("at most {}", number_text(rule.high));
  return "";
}

}  // namespace seg
