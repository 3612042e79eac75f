#pragma once
// Pictures of slices: grey values, labels painted over them, outlines, sheets; written as PNG.
#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace seg {

// A picture is uint8 [height, width, 3], RGB, on the CPU.
using Picture = torch::Tensor;

// The axial slice z of a canonical (RAS) volume [.., D, H, W] as radiologists look at it: front up,
// the patient's right on the left.
torch::Tensor axial(const torch::Tensor& volume, std::int64_t z);

// The slice, of D, that shows most classes, of those the one with most labelled voxels; the middle
// where there are none. label: uint8 [D, H, W], 0 = background, 255 = ignore.
std::int64_t slice_of_most_classes(const torch::Tensor& label);

// float32 [h, w] -> grey, black at `low` and where it is NaN, white at `high`.
Picture grey(const torch::Tensor& slice, double low, double high);

// The grey values to show as black and as white: a little outside the values of the labelled voxels
// (of all, where there are fewer than 100); values that are not finite count nowhere. values:
// float32, label: uint8, of one shape.
struct GreyWindow {
  double black = 0, white = 1;
};
GreyWindow grey_window(const torch::Tensor& values, const torch::Tensor& label);

// The axial slice z of image float32 [C, D, H, W] in grey, its first channel, in the window of its
// own values. label: uint8 [D, H, W].
Picture slice_in_grey(const torch::Tensor& image, const torch::Tensor& label, std::int64_t z);

// How many times to enlarge a picture for a few hundred pixels a side.
std::int64_t enlargement(const Picture& picture);

// Blends the colour of each class over the picture: label uint8 [h, w]; 0 and 255 stay as they are.
// opacity in [0, 1].
Picture painted(const Picture& picture, const torch::Tensor& label, double opacity);

// Draws the border of each class in its colour, just within it: a line one pixel wide, two in a
// picture enlarged six times. The picture is label's size or a multiple of it: the larger, the
// finer is the line.
Picture outlined(const Picture& picture, const torch::Tensor& label);

// Every pixel k x k times.
Picture enlarged(const Picture& picture, std::int64_t k);

// Pictures of one size in rows of `columns`, with a gap between.
Picture sheet(const std::vector<Picture>& pictures, std::int64_t columns);

// The bytes of a PNG file: of a picture, or of grey values uint8 [height, width].
std::string png_bytes(const torch::Tensor& picture);

// Throws Error where the file cannot be written; never leaves half a file.
void write_png(const std::filesystem::path& path, const Picture& picture);

}  // namespace seg
