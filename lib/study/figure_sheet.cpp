#include "study/figure_sheet.h"

#include "core/error.h"
#include "core/files.h"
#include "report/base64.h"
#include "report/svg.h"

#include <fmt/format.h>
#include <torch/types.h>

#include <algorithm>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr double figure_width = 960, figure_gap = 12, tallest_panel = 640;
constexpr double headline = 20, heading_line = 26, caption_line = 20;
constexpr std::size_t keys_in_row = 4;
constexpr double key_line = 22, letter_width = 7.5;

double height_in_mm(const FigureRow& row) {
  return row.pixel[0] * static_cast<double>(row.panels.at(0).size(0));
}

double width_in_mm(const FigureRow& row) {
  return row.pixel[1] * static_cast<double>(row.panels.at(0).size(1));
}

std::size_t letters_in(double width) { return static_cast<std::size_t>(width / letter_width); }

// Where the columns stand, and units per millimetre, with which every panel fits into its column.
struct FigureLayout {
  double column, scale;

  explicit FigureLayout(const Figure& figure) : scale(1e9) {
    const auto n = static_cast<double>(figure.columns.size());
    column = (figure_width - figure_gap * (n - 1)) / n;
    for (const FigureRow& row : figure.rows)
      scale = std::min({scale, column / width_in_mm(row), tallest_panel / height_in_mm(row)});
  }
  double x(std::size_t i) const { return static_cast<double>(i) * (column + figure_gap); }
};

std::string panel_image(const Picture& panel, double x, double y, double w, double h) {
  const bool coarse = w > static_cast<double>(panel.size(1));
  return fmt::format(
      "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\"{} "
      "href=\"data:image/png;base64,{}\"/>\n",
      unit(x), unit(y), unit(w), unit(h), coarse ? " image-rendering=\"pixelated\"" : "",
      base64(png_bytes(panel)));
}

std::string headings_svg(const Figure& figure, const FigureLayout& layout, double y) {
  std::string svg;
  for (std::size_t i = 0; i < figure.columns.size(); ++i)
    svg += svg_text(layout.x(i) + layout.column / 2, y, figure.columns[i],
                    {.anchor = Anchor::middle, .bold = true}, letters_in(layout.column));
  return svg;
}

std::string figure_row_svg(const FigureRow& row, const FigureLayout& layout, double y) {
  const double w = width_in_mm(row) * layout.scale, h = height_in_mm(row) * layout.scale;
  std::string svg = svg_text(0, y - 6, row.caption, {.size = 12}, letters_in(figure_width));
  for (std::size_t i = 0; i < row.panels.size(); ++i)
    svg += panel_image(row.panels[i], layout.x(i) + (layout.column - w) / 2, y, w, h);
  return svg;
}

std::string keys_svg(const std::vector<FigureKey>& keys, double y) {
  constexpr double width = figure_width / keys_in_row;
  std::string svg;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const double x = 1 + width * static_cast<double>(i % keys_in_row),
                 line = y + key_line * static_cast<double>(i / keys_in_row);
    svg += svg_swatch(x, line, keys[i].colour);
    svg += svg_text(x + 20, line, keys[i].meaning, {}, letters_in(width - 20));
  }
  return svg;
}

// Amid black.
Picture padded_to(const Picture& panel, std::int64_t h, std::int64_t w) {
  Picture padded = torch::zeros({h, w, 3}, torch::kUInt8);
  padded.narrow(0, (h - panel.size(0)) / 2, panel.size(0))
      .narrow(1, (w - panel.size(1)) / 2, panel.size(1))
      .copy_(panel);
  return padded;
}

fs::path with_ending(fs::path stem, const char* ending) { return stem += ending; }

}  // namespace

std::string figure_svg(const Figure& figure) {
  const FigureLayout layout(figure);
  double y = headline;
  std::string svg =
      svg_text(0, y, figure.title, {.size = 15, .bold = true}, letters_in(figure_width));
  y += heading_line;
  svg += headings_svg(figure, layout, y);
  for (const FigureRow& row : figure.rows) {
    y += caption_line + 6;
    svg += figure_row_svg(row, layout, y);
    y += height_in_mm(row) * layout.scale;
  }
  const std::size_t lines = (figure.legend.size() + keys_in_row - 1) / keys_in_row;
  svg += keys_svg(figure.legend, y + key_line + 4);
  return svg_document(figure_width, y + key_line * static_cast<double>(lines) + 12, figure.title,
                      figure.description, svg);
}

Picture figure_picture(const Figure& figure) {
  std::int64_t h = 0, w = 0;
  for (const FigureRow& row : figure.rows) {
    h = std::max(h, row.panels.at(0).size(0));
    w = std::max(w, row.panels[0].size(1));
  }
  std::vector<Picture> panels;
  for (const FigureRow& row : figure.rows)
    for (const Picture& panel : row.panels) {
      const Picture padded = padded_to(panel, h, w);
      panels.push_back(enlarged(padded, enlargement(padded)));
    }
  return sheet(panels, static_cast<std::int64_t>(figure.columns.size()));
}

void check_stem(const fs::path& stem) {
  if (!stem.has_filename() || stem.filename() == "." || stem.filename() == "..")
    fail_config("--output {}: names no file; write the name of the figure without an ending",
                stem.string());
  const std::string ending = stem.extension().string();
  if (ending == ".svg" || ending == ".png")
    fail_config("--output {}: both {}.svg and .png are written; leave the ending out",
                stem.string(), stem.stem().string());
  for (const char* e : {".svg", ".png"})
    if (fs::is_directory(with_ending(stem, e)))
      fail_config("--output {}: {} is a folder; choose another name", stem.string(),
                  with_ending(stem, e).string());
}

void write_figure(const Figure& figure, const fs::path& stem) {
  const std::string svg = figure_svg(figure);
  const Picture picture = figure_picture(figure);
  if (stem.has_parent_path()) make_folder(stem.parent_path());
  write_file(with_ending(stem, ".svg"), svg);
  write_png(with_ending(stem, ".png"), picture);
}

}  // namespace seg
