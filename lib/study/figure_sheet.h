#pragma once
// A figure as the paper prints them: rows of panels under the titles of their columns, and a
// legend.
#include "report/palette.h"
#include "report/picture.h"

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace seg {

struct FigureRow {
  std::string caption = {};
  std::vector<Picture> panels = {};      // one for each column, of one size, a pixel per voxel
  std::array<double, 2> pixel = {1, 1};  // height and width in millimetres
};

struct FigureKey {
  Colour colour;
  std::string meaning;
};

struct Figure {
  std::string title = {};
  std::string description = {};  // for readers who do not see it
  std::vector<std::string> columns = {};
  std::vector<FigureRow> rows = {};
  std::vector<FigureKey> legend = {};
};

// A drawing that needs no other file: every text, and the panels at one scale in millimetres.
std::string figure_svg(const Figure& figure);

// The panels alone, without any text, as there is no font for it: smaller ones amid black, every
// pixel a square.
Picture figure_picture(const Figure& figure);

// Whether stem.svg and stem.png can be named so: to be asked before the work. Throws Error(config)
// where the stem names no file, has an ending of its own, or a folder is in the way.
void check_stem(const std::filesystem::path& stem);

// Writes stem.svg and stem.png, each whole or not at all; makes their folder.
void write_figure(const Figure& figure, const std::filesystem::path& stem);

}  // namespace seg
