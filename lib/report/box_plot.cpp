#include "report/axis.h"
#include "report/box_numbers.h"
#include "report/chart.h"
#include "report/palette.h"
#include "report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

constexpr double plot_width = 760, plot_left = 180, plot_right = 600;
constexpr double row_height = 30, first_row = 14, box_half = 8;

// In [-0.5, 0.5), far from its neighbours': multiples of the golden ratio.
double jitter(std::size_t i) {
  const double turns = 0.5 + static_cast<double>(i) * 0.6180339887498949;
  return turns - std::floor(turns) - 0.5;
}

Axis value_axis(const BoxPlot& plot, const std::vector<BoxNumbers>& boxes) {
  if (plot.range)
    return axis_for(plot.range->first, plot.range->second, plot_left, plot_right, 8, false);
  double low = 0, high = 0;
  for (const BoxNumbers& box : boxes)
    for (const double v : box.finite) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  if (low == high) high = 1;
  return axis_for(low, high, plot_left, plot_right, 8);
}

double placed(const Axis& axis, double value) {
  return axis.at(std::clamp(value, axis.low, axis.high));
}

// Points as strokes of no length with round ends: a dozen bytes each.
std::string points(const BoxNumbers& box, const Axis& axis, double y) {
  std::string data;
  for (std::size_t i = 0; i < box.finite.size(); ++i)
    data += fmt::format("M{} {}h0", unit(placed(axis, box.finite[i])),
                        unit(y + jitter(i) * 1.5 * box_half));
  return fmt::format(
      "<path d=\"{}\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\"0.55\" "
      "stroke-width=\"3.4\" stroke-linecap=\"round\"/>\n",
      data);
}

std::string box_svg(const BoxNumbers& box, const Axis& axis, double y, const std::string& colour) {
  const double low = placed(axis, box.low), first = placed(axis, box.first),
               median = placed(axis, box.median), third = placed(axis, box.third),
               high = placed(axis, box.high);
  return svg_line(low, y, first, y, 1.2) + svg_line(third, y, high, y, 1.2) +
         svg_line(low, y - 4, low, y + 4, 1.2) + svg_line(high, y - 4, high, y + 4, 1.2) +
         fmt::format(
             "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" "
             "fill-opacity=\"0.75\" stroke=\"currentColor\"/>\n",
             unit(first), unit(y - box_half), unit(third - first), unit(2 * box_half), colour) +
         svg_line(median, y - box_half, median, y + box_half, 2.6);
}

std::string count_text(const BoxNumbers& box) {
  std::string text = fmt::format("n = {}", box.finite.size());
  if (box.absent > 0) text += fmt::format(", {} absent", box.absent);
  if (box.infinite > 0) text += fmt::format(", {} infinite", box.infinite);
  return text;
}

std::string grid(const Axis& axis, double bottom, const std::string& name) {
  std::string svg;
  for (const double tick : axis.ticks) {
    svg += svg_line(axis.at(tick), 4, axis.at(tick), bottom, 1, 0.2);
    svg += svg_text(axis.at(tick), bottom + 17, axis.label(tick), {.anchor = Anchor::middle});
  }
  svg += svg_line(axis.from, bottom, axis.to, bottom, 1, 0.6);
  return svg + svg_text((axis.from + axis.to) / 2, bottom + 37, name,
                        {.anchor = Anchor::middle, .bold = true}, 60);
}

std::string box_description(const BoxPlot& plot, const std::vector<BoxNumbers>& boxes) {
  std::string text = fmt::format("Box plots of {}, a row per class.", plot.axis);
  for (std::size_t k = 0; k < boxes.size(); ++k)
    text +=
        fmt::format(" {}: {}{}.", plot.rows[k].name,
                    boxes[k].finite.empty() ? "" : fmt::format("median {:.4g}, ", boxes[k].median),
                    count_text(boxes[k]));
  return text;
}

}  // namespace

std::string box_plot_svg(const BoxPlot& plot) {
  std::vector<BoxNumbers> boxes;
  for (const BoxRow& row : plot.rows) boxes.push_back(box_numbers(row.values));
  const Axis axis = value_axis(plot, boxes);
  const double bottom = first_row + row_height * static_cast<double>(boxes.size());
  std::string svg = grid(axis, bottom, plot.axis);
  for (std::size_t k = 0; k < boxes.size(); ++k) {
    const double y = first_row + row_height * (static_cast<double>(k) + 0.4);
    svg += svg_text(plot_left - 14, y + 4.5, plot.rows[k].name, {.anchor = Anchor::end}, 24);
    if (!boxes[k].finite.empty()) {
      const std::int64_t c = plot.rows[k].of_class;
      svg += box_svg(boxes[k], axis, y, hex(c > 0 ? class_colour(c) : kNoClassColour));
      svg += points(boxes[k], axis, y);
    }
    svg += svg_text(plot_right + 16, y + 4.5, count_text(boxes[k]), {.size = 12});
  }
  svg += svg_text(plot_left, bottom + 58,
                  "box: quartiles; line: median; whiskers: furthest within 1.5 interquartile "
                  "ranges; points: cases",
                  {.size = 11.5});
  return svg_document(plot_width, bottom + 66, plot.title, box_description(plot, boxes), svg);
}

}  // namespace seg
