#include "image/meta_fields.h"

#include "image/volume_fault.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <sstream>

namespace seg {
namespace {

enum class MetaKind { text, truth, whole, real };

struct MetaField {
  const char* name;
  MetaKind kind;
  int count = 1;  // of numbers
};

constexpr std::size_t most_text = 254;

constexpr MetaField meta_fields[] = {
    {"Comment", MetaKind::text},
    {"AcquisitionDate", MetaKind::text},
    {"ObjectType", MetaKind::text},
    {"ObjectSubType", MetaKind::text},
    {"NDims", MetaKind::whole},
    {"Name", MetaKind::text},
    {"ID", MetaKind::whole},
    {"ParentID", MetaKind::whole},
    {"CompressedData", MetaKind::truth},
    {"CompressedDataSize", MetaKind::real},
    {"BinaryData", MetaKind::truth},
    {"ElementByteOrderMSB", MetaKind::truth},
    {"BinaryDataByteOrderMSB", MetaKind::truth},
    {"Color", MetaKind::real, 4},
    {"Position", MetaKind::real, 3},
    {"Origin", MetaKind::real, 3},
    {"Offset", MetaKind::real, 3},
    {"TransformMatrix", MetaKind::real, 9},
    {"Rotation", MetaKind::real, 9},
    {"Orientation", MetaKind::real, 9},
    {"CenterOfRotation", MetaKind::real, 3},
    {"DistanceUnits", MetaKind::text},
    {"AnatomicalOrientation", MetaKind::text},
    {"ElementSpacing", MetaKind::real, 3},
    {"DimSize", MetaKind::whole, 3},
    {"HeaderSize", MetaKind::whole},
    {"Modality", MetaKind::text},
    {"ImagePosition", MetaKind::real, 3},
    {"SequenceID", MetaKind::whole, 3},
    {"ElementMin", MetaKind::real},
    {"ElementMax", MetaKind::real},
    {"ElementNumberOfChannels", MetaKind::whole},
    {"ElementSize", MetaKind::real, 3},
    {"ElementNBits", MetaKind::whole},
    {"ElementToIntensityFunctionSlope", MetaKind::real},
    {"ElementToIntensityFunctionOffset", MetaKind::real},
    {"ElementType", MetaKind::text},
    {"ElementDataFile", MetaKind::text},
};

bool is_known(std::string_view name) {
  return std::any_of(std::begin(meta_fields), std::end(meta_fields),
                     [&](const MetaField& field) { return name == field.name; });
}

bool is_number(const std::string& word, bool whole) {
  char* end = nullptr;
  const double v = std::strtod(word.c_str(), &end);
  return *end == '\0' && word.find_first_not_of("0123456789+-.eE") == std::string::npos &&
         std::isfinite(v) &&
         (!whole || (v == std::floor(v) && std::abs(v) <= std::numeric_limits<int>::max()));
}

bool are_numbers(const std::string& value, int count, bool whole) {
  std::istringstream words(value);
  int found = 0;
  for (std::string word; words >> word; ++found)
    if (!is_number(word, whole)) return false;
  return found == count;
}

bool is_truth(const std::string& value) {
  return value == "True" || value == "False" || value == "true" || value == "false" ||
         value == "TRUE" || value == "FALSE";
}

// What the value should be, or "" where it is that.
std::string wanted(const MetaField& field, const std::string& value) {
  const bool whole = field.kind == MetaKind::whole;
  switch (field.kind) {
    case MetaKind::text:
      return value.size() <= most_text ? "" : fmt::format("at most {} bytes", most_text);
    case MetaKind::truth: return is_truth(value) ? "" : "True or False";
    case MetaKind::whole:
    case MetaKind::real: break;
  }
  return are_numbers(value, field.count, whole)
             ? ""
             : fmt::format("{} {}number{}", field.count, whole ? "whole " : "",
                           field.count == 1 ? "" : "s");
}

}  // namespace

bool is_meta_line(std::string_view line) {
  if (line.empty()) return true;
  const std::size_t name = line.find_first_of("=:");
  if (name == std::string_view::npos || name == 0 || name > most_text) return false;
  if (line[name] == ':')
    return !is_known(line.substr(0, line.find_last_not_of(" \t", name - 1) + 1));
  const std::size_t value = line.find_first_not_of(" \t", name + 1);
  return value == std::string_view::npos || (line[value] != '=' && line[value] != ':');
}

void check_meta_fields(const std::map<std::string, std::string>& fields, const std::string& file) {
  for (const MetaField& field : meta_fields) {
    const auto found = fields.find(field.name);
    if (found == fields.end()) continue;
    const std::string want = wanted(field, found->second);
    if (!want.empty())
      fail_volume(VolumeFault::header,
                  "{}: its header is damaged ('{}' is '{}', not {}); fetch or convert it again",
                  file, field.name, found->second.substr(0, 80), want);
  }
  const double dimensions = std::atof(fields.at("NDims").c_str());
  if (dimensions != 3)
    fail_volume(VolumeFault::dimensions,
                "{}: is {}-dimensional; a single 3D volume is needed (one file per channel)", file,
                static_cast<int>(dimensions));
}

}  // namespace seg
