#pragma once
// Text within HTML and SVG: names come from files and may hold anything.
#include <string>
#include <string_view>

namespace seg {

// The text as content or as a quoted attribute of HTML or XML: what core/text.h would write out
// (control characters, bytes that are no UTF-8) and what XML forbids is written out, and < > & " '
// lose their meaning. Line breaks stay where `lines` is set.
std::string markup_text(std::string_view text, bool lines = false);

// The text, or its first characters and an ellipsis: `most` characters of UTF-8 at most.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace seg
