#pragma once
// Bytes inside a text: a picture within a page.
#include <string>
#include <string_view>

namespace seg {

// RFC 4648, with padding.
std::string base64(std::string_view bytes);

}  // namespace seg
