#include "core/json.h"

#include "core/files.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace seg {
namespace {

using nlohmann::json;

// Looks at each value as it is read.
class Strict {
 public:
  Strict(const std::string& source, ErrorKind kind) : source_(source), kind_(kind) {}

  bool operator()(int, json::parse_event_t event, const json& value) {
    using Event = json::parse_event_t;
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(value.get<std::string>()).second)
      refuse(fmt::format("the key '{}' stands twice in one object; remove one",
                         value.get<std::string>()));
    if (value.is_string() && value.get_ref<const std::string&>().find('\0') != std::string::npos)
      refuse("a text holds a NUL character; remove it");
    return true;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(kind_, fmt::format("{}: {}", source_, why));
  }

  const std::string& source_;
  ErrorKind kind_;
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
};

// "LINE:COLUMN" of a byte, counted from 1.
std::string place_of(const std::string& text, std::size_t byte) {
  const std::size_t end = std::min(text.size(), byte > 0 ? byte - 1 : 0);
  const auto begin = text.begin(), at = begin + static_cast<std::ptrdiff_t>(end);
  const std::size_t newline = end > 0 ? text.rfind('\n', end - 1) : std::string::npos;
  return fmt::format("{}:{}", std::count(begin, at, '\n') + 1,
                     newline == std::string::npos ? end + 1 : end - newline);
}

}  // namespace

json parse_json(const std::string& text, const std::string& source, ErrorKind kind) {
  try {
    return json::parse(text, Strict(source, kind));
  } catch (const json::parse_error& e) {
    throw Error(kind,
                fmt::format("{}:{}: is not valid JSON; mend it", source, place_of(text, e.byte)));
  } catch (const json::exception&) {
    throw Error(kind, source + ": holds a number that is out of range; correct it");
  }
}

json read_json(const std::filesystem::path& file, ErrorKind kind) {
  return parse_json(read_file(file), file.string(), kind);
}

}  // namespace seg
