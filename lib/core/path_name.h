#pragma once
#include <filesystem>
#include <string>

namespace seg {

// The last name of a path, also of one that ends in a slash or is ".".
inline std::string name_of(const std::filesystem::path& path) {
  const std::filesystem::path whole = std::filesystem::absolute(path).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

}  // namespace seg
