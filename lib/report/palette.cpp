#include "report/palette.h"

#include <fmt/format.h>

namespace seg {
namespace {

constexpr Colour palette[kPaletteSize] = {
    {230, 159, 0},    // orange
    {86, 180, 233},   // sky blue
    {0, 158, 115},    // bluish green
    {240, 228, 66},   // yellow
    {0, 114, 178},    // blue
    {213, 94, 0},     // vermilion
    {204, 121, 167},  // reddish purple
    {210, 45, 75},    // crimson
    {150, 120, 255},  // lavender
    {120, 255, 225},  // aquamarine
    {165, 180, 90},   // olive
    {135, 60, 255},   // violet
    {240, 240, 135},  // pale yellow
    {75, 240, 255},   // cyan
    {210, 225, 165},  // beige
};

}  // namespace

Colour class_colour(std::int64_t c) { return palette[(c - 1) % kPaletteSize]; }

std::string hex(Colour colour) {
  return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

}  // namespace seg
