#pragma once
// The outlines of the classes of one slice, in truth and in prediction, as SVG paths.
#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace seg {

struct SliceOutlines {
  std::string paths;          // truth's first, in units of pixels, none scaled in width
  std::int64_t left_out = 0;  // loops, the smallest, for which there was no room
};

// truth, prediction: uint8 [h, w]; names: of the classes, by index. Room for about `most` bytes.
SliceOutlines slice_outlines(const torch::Tensor& truth, const torch::Tensor& prediction,
                             const std::vector<std::string>& names, std::size_t most);

// The classes other than background in either, in ascending order; 255 is none.
std::vector<std::int64_t> classes_in(const torch::Tensor& truth, const torch::Tensor& prediction);

// "class 7" where the names end before.
std::string class_name(const std::vector<std::string>& names, std::int64_t c);

enum class LineStyle { truth, prediction, ignored };

// The attributes of a line: width, dashes.
std::string line_attributes(LineStyle style);

// What line is drawn around ignored voxels.
constexpr const char* kIgnoredColour = "#a0a0a0";

}  // namespace seg
