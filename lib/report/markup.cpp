#include "report/markup.h"

#include "core/text.h"

namespace seg {
namespace {

// U+FFFE and U+FFFF, which no XML may hold, as UTF-8.
bool forbidden_in_xml(std::string_view rest) {
  return rest.starts_with("\xef\xbf\xbe") || rest.starts_with("\xef\xbf\xbf");
}

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

}  // namespace

std::string markup_text(std::string_view text, bool lines) {
  const std::string shown = visible(text, lines ? Breaks::all : Breaks::none);
  std::string out;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (forbidden_in_xml(std::string_view(shown).substr(i))) {
      out += shown[i + 2] == '\xbe' ? "\\ufffe" : "\\uffff";
      i += 2;
      continue;
    }
    switch (shown[i]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += shown[i];
    }
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t most) {
  const std::string shown = visible(text);
  std::size_t characters = 0, kept = 0;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (!begins_character(shown[i])) continue;
    if (++characters == most) kept = i;
  }
  return characters <= most ? shown : shown.substr(0, kept) + "\u2026";
}

}  // namespace seg
