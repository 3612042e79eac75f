#pragma once
// Text for eyes and for other programs: names come from files and may hold anything.
#include <cctype>
#include <string>
#include <string_view>

namespace seg {

// The text with small letters for ASCII's capitals.
inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_utf8(std::string_view text);

// Line breaks that visible() leaves as they are.
enum class Breaks {
  none,
  indented,  // before two spaces: the lists of our own messages
  all
};

// The text as it may go to a terminal, a log or a table: a control character, one that turns the
// direction of writing, and a byte that is no UTF-8 are written out (\n, \x1b, \u202e).
std::string visible(std::string_view text, Breaks keep = Breaks::none);

// A value of a CSV file: in double quotes where it holds a comma, a quote, a line break or a blank
// at an end (RFC 4180). Nothing is done about spreadsheets that take "=..." for a formula: a name
// that is read back must be the name that was written.
std::string csv_value(std::string_view text);

// A cell of a Markdown table: visible, and without meaning to Markdown or HTML.
std::string markdown_cell(std::string_view text);

}  // namespace seg
