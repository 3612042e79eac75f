#pragma once
// Content hashes (XXH3, 128 bit) as 32 hexadecimal digits: cache keys and duplicates. Not for
// security.
#include <filesystem>
#include <string>
#include <string_view>

namespace seg {
std::string hash_text(std::string_view bytes);
std::string hash_file(const std::filesystem::path& path);
}  // namespace seg
