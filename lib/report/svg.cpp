#include "report/svg.h"

#include "report/markup.h"

#include <fmt/format.h>

#include <cmath>

namespace seg {

std::string unit(double value) { return fmt::format("{}", std::round(value * 10) / 10 + 0.0); }

std::string svg_document(double width, double height, std::string_view title,
                         std::string_view description, const std::string& body) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"13\" "
      "fill=\"currentColor\">\n<title>{2}</title>\n<desc>{3}</desc>\n{4}</svg>\n",
      unit(width), unit(height), markup_text(title), markup_text(description), body);
}

std::string svg_text(double x, double y, std::string_view text, TextStyle style, std::size_t most) {
  const std::string shown = most == 0 ? std::string(text) : shortened(text, most);
  std::string attributes;
  if (style.anchor != Anchor::start)
    attributes += style.anchor == Anchor::end ? " text-anchor=\"end\"" : " text-anchor=\"middle\"";
  if (style.size != 13) attributes += fmt::format(" font-size=\"{}\"", unit(style.size));
  if (style.bold) attributes += " font-weight=\"600\"";
  const bool cut = most != 0 && shown.ends_with("\u2026");
  return fmt::format("<text x=\"{}\" y=\"{}\"{}>{}{}</text>\n", unit(x), unit(y), attributes,
                     cut ? "<title>" + markup_text(text) + "</title>" : "", markup_text(shown));
}

std::string svg_swatch(double x, double y, Colour colour) {
  return fmt::format(
      "<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"12\" rx=\"2\" fill=\"{}\" "
      "stroke=\"currentColor\" stroke-opacity=\"0.3\"/>",
      unit(x), unit(y - 10.5), hex(colour));
}

std::string svg_line(double x1, double y1, double x2, double y2, double width, double opacity) {
  return fmt::format(
      "<path d=\"M{} {}L{} {}\" stroke=\"currentColor\" stroke-width=\"{}\"{} fill=\"none\"/>\n",
      unit(x1), unit(y1), unit(x2), unit(y2), unit(width),
      opacity < 1 ? fmt::format(" stroke-opacity=\"{}\"", unit(opacity)) : "");
}

}  // namespace seg
