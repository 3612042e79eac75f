#pragma once
// The colours of classes, the same in every picture, overlay and chart.
#include <cstdint>
#include <string>

namespace seg {

struct Colour {
  std::uint8_t red, green, blue;
};

constexpr std::int64_t kPaletteSize = 15;

// Of class 1, 2, ...; from kPaletteSize + 1 on they begin anew. The first seven are Okabe and Ito's
// without black, the others were searched for by the same measure: with normal sight, protanopia
// and deuteranopia (Machado 2009) no two of the fifteen are nearer in CIELAB than the nearest two
// of the first seven; none is grey, and each stands out from dark grey.
Colour class_colour(std::int64_t c);

constexpr Colour kNoClassColour = {138, 138, 138};  // of what is no single class

// "#e69f00"
std::string hex(Colour colour);

}  // namespace seg
