#pragma once
// Content hashes (XXH3, 128 bit) as 32 hexadecimal digits: cache keys and duplicates. Not for
// security.
#include <string>
#include <string_view>

namespace seg {
std::string hash_text(std::string_view bytes);
}  // namespace seg
