#pragma once
// What our SVG drawings are put together from. They hold no id, so that many may stand in one page,
// and draw text and lines in currentColor, so that they follow the page.
#include "report/palette.h"

#include <string>
#include <string_view>

namespace seg {

// A number of SVG units, to a tenth.
std::string unit(double value);

// A whole document: title and description are plain text, body is SVG.
std::string svg_document(double width, double height, std::string_view title,
                         std::string_view description, const std::string& body);

enum class Anchor { start, middle, end };

struct TextStyle {
  Anchor anchor = Anchor::start;
  double size = 13;
  bool bold = false;
};

// A line of plain text; past `most` characters (0: all are shown) it is cut and whole in its
// <title>.
std::string svg_text(double x, double y, std::string_view text, TextStyle style = {},
                     std::size_t most = 0);

// The square of a legend to the left of its text, svg_text(x + 20, y, ...).
std::string svg_swatch(double x, double y, Colour colour);

// A straight line in currentColor.
std::string svg_line(double x1, double y1, double x2, double y2, double width, double opacity = 1);

}  // namespace seg
