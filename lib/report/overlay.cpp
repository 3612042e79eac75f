#include "report/overlay.h"

#include "core/ignore.h"
#include "report/base64.h"
#include "report/palette.h"
#include "report/picture.h"
#include "report/planes.h"
#include "report/slice_outlines.h"
#include "report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace seg {
namespace {

constexpr double sheet_width = 960, gap = 18, heading_height = 40, most_height = 640;
constexpr double least_column = 210;        // for the heading above a plane
constexpr std::int64_t most_pixels = 512;   // a side
constexpr std::size_t most_bytes = 64'000;  // of a slice's outlines
constexpr std::int64_t legend_columns = 4;
constexpr double legend_row = 22;

struct Panel {
  Plane plane;
  ChosenSlice chosen;
  torch::Tensor image, truth, prediction;  // [h, w]
  double width, height;                    // millimetres
  std::int64_t slices;
};

Panel panel_of(const OverlayCase& c, const Plane& plane, const ChosenSlice& chosen) {
  const auto of = [&](const torch::Tensor& v) { return slice_of(v, plane, chosen.index); };
  const torch::Tensor image = of(c.image);
  const std::array<double, 2> size = pixel_size(c.spacing, plane);
  return {.plane = plane,
          .chosen = chosen,
          .image = image,
          .truth = of(c.truth),
          .prediction = of(c.prediction),
          .width = size[1] * static_cast<double>(image.size(1)),
          .height = size[0] * static_cast<double>(image.size(0)),
          .slices = c.image.size(plane.axis)};
}

double column(const Panel& p, double scale) { return std::max(p.width * scale, least_column); }

// Units per millimetre with which the panels fit side by side.
double scale_of(const std::vector<Panel>& panels) {
  double scale = 1e9;
  for (const Panel& p : panels)
    scale = std::min({scale, most_height / p.height, sheet_width / p.width});
  const auto width = [&] {
    double sum = -gap;
    for (const Panel& p : panels) sum += column(p, scale) + gap;
    return sum;
  };
  while (width() > sheet_width) scale *= 0.99;
  return scale;
}

// One window for all planes, so that they look alike.
GreyWindow window_of(const std::vector<Panel>& panels) {
  std::vector<torch::Tensor> values, labels;
  for (const Panel& p : panels) {
    values.push_back(p.image.flatten());
    labels.push_back(p.truth.flatten());
  }
  return grey_window(torch::cat(values), torch::cat(labels));
}

// A PNG, and how many pixels of the slice it covers.
struct GreyImage {
  std::string png;
  std::int64_t width, height;
};

// Half of the 256 grey values, which nobody misses: noise then takes an eighth less.
GreyImage grey_image(const torch::Tensor& slice, const GreyWindow& window) {
  torch::Tensor values = slice;
  const auto shrink = [&](std::int64_t side) { return (side + most_pixels - 1) / most_pixels; };
  const std::int64_t rows = shrink(slice.size(0)), columns = shrink(slice.size(1));
  if (rows > 1 || columns > 1)
    values = torch::avg_pool2d(slice.unsqueeze(0), {rows, columns}, {rows, columns}, 0, true)[0];
  const Picture shown = grey(values, window.black, window.white);
  return {png_bytes(shown.select(2, 0).bitwise_and(0xfe)), columns * values.size(1),
          rows * values.size(0)};
}

std::string letters(const Panel& p, double x, double y, double w, double h) {
  const auto letter = [](double at_x, double at_y, char c) {
    return fmt::format("<text x=\"{}\" y=\"{}\">{}</text>", unit(at_x), unit(at_y), c);
  };
  return "<g fill=\"#fff\" stroke=\"#000\" stroke-width=\"2.5\" paint-order=\"stroke\" "
         "text-anchor=\"middle\" font-size=\"12\" font-weight=\"600\">" +
         letter(x + 9, y + h / 2 + 4, p.plane.left) +
         letter(x + w - 9, y + h / 2 + 4, p.plane.right) + letter(x + w / 2, y + 14, p.plane.top) +
         letter(x + w / 2, y + h - 5, p.plane.bottom) + "</g>\n";
}

std::string slice_text(const Panel& p) {
  return fmt::format("slice {} of {}, {} voxel{} wrong", p.chosen.index + 1, p.slices,
                     p.chosen.wrong, p.chosen.wrong == 1 ? "" : "s");
}

std::string panel_svg(const OverlayCase& c, const Panel& p, double x, double scale,
                      const GreyWindow& window) {
  const double w = p.width * scale, h = p.height * scale;
  const std::int64_t rows = p.image.size(0), columns = p.image.size(1);
  const SliceOutlines lines = slice_outlines(p.truth, p.prediction, c.classes, most_bytes);
  const GreyImage image = grey_image(p.image, window);
  const bool coarse = std::min(w / static_cast<double>(columns), h / static_cast<double>(rows)) > 1;
  std::string svg = svg_text(x, 14, p.plane.name, {.bold = true});
  svg += svg_text(x, 31, slice_text(p), {.size = 12});
  svg += fmt::format(
      "<svg x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" "
      "preserveAspectRatio=\"none\">\n<image width=\"{}\" height=\"{}\" "
      "preserveAspectRatio=\"none\"{} href=\"data:image/png;base64,{}\"/>\n{}</svg>\n",
      unit(x), unit(heading_height), unit(w), unit(h), columns, rows, image.width, image.height,
      coarse ? " image-rendering=\"pixelated\"" : "", base64(image.png), lines.paths);
  svg += letters(p, x, heading_height, w, h);
  if (lines.left_out > 0)
    svg += svg_text(x, heading_height + h + 16,
                    fmt::format("{} smallest outlines not drawn", lines.left_out), {.size = 12});
  return svg;
}

std::string line_sample(double x, double y, LineStyle style, const char* name) {
  return fmt::format("<path d=\"M{} {}h34\" stroke=\"{}\" fill=\"none\" {}/>\n", unit(x),
                     unit(y - 4.5), style == LineStyle::ignored ? kIgnoredColour : "currentColor",
                     line_attributes(style)) +
         svg_text(x + 42, y, name);
}

std::vector<std::int64_t> seen_classes(const std::vector<Panel>& panels) {
  std::set<std::int64_t> seen;
  for (const Panel& p : panels)
    for (const std::int64_t k : classes_in(p.truth, p.prediction)) seen.insert(k);
  return {seen.begin(), seen.end()};
}

bool any_ignored(const std::vector<Panel>& panels) {
  return std::any_of(panels.begin(), panels.end(),
                     [](const Panel& p) { return p.truth.eq(kIgnore).any().item<bool>(); });
}

struct Legend {
  std::string svg;
  double height;
};

Legend legend_of(const OverlayCase& c, const std::vector<Panel>& panels, double top) {
  constexpr double cell = sheet_width / legend_columns;
  double y = top + legend_row;
  std::string svg = line_sample(0, y, LineStyle::truth, "truth") +
                    line_sample(cell, y, LineStyle::prediction, "prediction");
  if (any_ignored(panels)) svg += line_sample(2 * cell, y, LineStyle::ignored, "ignored");
  const std::vector<std::int64_t> seen = seen_classes(panels);
  if (seen.empty()) svg += svg_text(3 * cell, y, "no labelled voxel here");
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    if (place % legend_columns == 0) y += legend_row;
    const double x = cell * static_cast<double>(place % legend_columns);
    svg += svg_swatch(x, y, class_colour(seen[i]));
    svg += svg_text(x + 20, y, class_name(c.classes, seen[i]), {}, 28);
  }
  return {svg, y + 8 - top};
}

std::string description_of(const std::vector<Panel>& panels) {
  std::string text =
      "Outlines of truth (solid) and prediction (dashed) over the image, in each plane through the "
      "slice with most wrong voxels; slices are counted from 1, from the feet, the back and the "
      "left.";
  for (const Panel& p : panels) text += fmt::format(" {}: {}.", p.plane.name, slice_text(p));
  return text;
}

}  // namespace

std::string overlay_svg(const OverlayCase& c) {
  const auto chosen = slices_of_largest_error(c.truth, c.prediction);
  std::vector<Panel> panels;
  for (const Plane& plane : kPlanes)
    panels.push_back(panel_of(c, plane, chosen[static_cast<std::size_t>(plane.axis)]));
  const double scale = scale_of(panels);
  const GreyWindow window = window_of(panels);
  std::string svg;
  double x = 0, height = 0;
  for (const Panel& p : panels) {
    svg += panel_svg(c, p, x, scale, window);
    x += column(p, scale) + gap;
    height = std::max(height, p.height * scale);
  }
  const double top = heading_height + height + 20;
  const Legend legend = legend_of(c, panels, top);
  return svg_document(sheet_width, top + legend.height, "Case " + c.id, description_of(panels),
                      svg + legend.svg);
}

}  // namespace seg
