#pragma once
// JSON, read strictly: an object with a key twice, a NUL character in a text and a number out of
// range are errors, like what is no JSON at all.
#include "core/error.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>

namespace seg {

// Throws Error(kind) that begins with `source` and, where it is known, line and column.
nlohmann::json parse_json(const std::string& text, const std::string& source,
                          ErrorKind kind = ErrorKind::data);

// The same of a file.
nlohmann::json read_json(const std::filesystem::path& file, ErrorKind kind = ErrorKind::data);

}  // namespace seg
