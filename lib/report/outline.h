#pragma once
// Outlines of a mask as closed lines along the borders of its pixels, to draw with.
#include <torch/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace seg {

// The corners of a closed line, {x, y} in pixels from the upper left corner of the mask, each once:
// steps along an axis, in turn horizontal and vertical, beginning at the uppermost, of those the
// leftmost, with a step to the right or, around a hole, downwards.
using Loop = std::vector<std::array<int, 2>>;

// Every border of a mask (uint8 or bool [h, w]; not 0: inside), the mask's own edge among them.
// Pixels that touch at a corner alone have loops of their own. The inside lies on the right of a
// walker.
std::vector<Loop> outlines(const torch::Tensor& mask);

// Pixels within, by the shoelace formula; negative around a hole.
double area(const Loop& loop);

// "M3 4h5v2h-5z"
std::string path_data(const Loop& loop);

}  // namespace seg
