#include "report/slice_outlines.h"

#include "core/ignore.h"
#include "report/markup.h"
#include "report/outline.h"
#include "report/palette.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seg {
namespace {

// All loops of one path: a class, or what is ignored, in truth or in prediction.
struct OutlinePath {
  LineStyle style;
  std::string colour;
  std::string title;
  std::string data = {};
  double largest = 0;  // pixels within its largest loop
};

struct PlacedLoop {
  std::size_t path;
  double pixels;
  std::string data;
};

std::string drawn(const OutlinePath& path) {
  if (path.data.empty()) return "";
  return fmt::format(
      "<path d=\"{}\" fill=\"none\" stroke=\"{}\" {} vector-effect=\"non-scaling-stroke\">"
      "<title>{}</title></path>\n",
      path.data, path.colour, line_attributes(path.style), markup_text(path.title));
}

}  // namespace

std::string line_attributes(LineStyle style) {
  switch (style) {
    case LineStyle::truth: return "stroke-width=\"3.6\" stroke-opacity=\"0.55\"";
    case LineStyle::prediction: return "stroke-width=\"1.5\" stroke-dasharray=\"4 3\"";
    case LineStyle::ignored: break;
  }
  return "stroke-width=\"1.6\" stroke-dasharray=\"2 3\"";
}

std::string class_name(const std::vector<std::string>& names, std::int64_t c) {
  const auto i = static_cast<std::size_t>(c);
  return i < names.size() ? names[i] : fmt::format("class {}", c);
}

std::vector<std::int64_t> classes_in(const torch::Tensor& truth, const torch::Tensor& prediction) {
  const auto counts = [](const torch::Tensor& label) {
    return torch::bincount(label.flatten().to(torch::kInt64), {}, 256);
  };
  const torch::Tensor both = (counts(truth) + counts(prediction)).contiguous();
  std::vector<std::int64_t> found;
  for (std::int64_t c = 1; c < kIgnore; ++c)
    if (both.data_ptr<std::int64_t>()[c] > 0) found.push_back(c);
  return found;
}

SliceOutlines slice_outlines(const torch::Tensor& truth, const torch::Tensor& prediction,
                             const std::vector<std::string>& names, std::size_t most) {
  std::vector<OutlinePath> paths;
  std::vector<PlacedLoop> loops;
  const auto add = [&](const torch::Tensor& mask, OutlinePath path) {
    for (const Loop& loop : outlines(mask)) {
      loops.push_back({paths.size(), std::abs(area(loop)), path_data(loop)});
      path.largest = std::max(path.largest, loops.back().pixels);
    }
    paths.push_back(std::move(path));
  };
  add(truth == kIgnore, {LineStyle::ignored, kIgnoredColour, "ignored"});
  const std::vector<std::int64_t> classes = classes_in(truth, prediction);
  for (const auto& [style, label, side] : {std::tuple(LineStyle::truth, truth, "truth"),
                                           {LineStyle::prediction, prediction, "prediction"}})
    for (const std::int64_t c : classes)
      add(label == c, {style, hex(class_colour(c)), class_name(names, c) + ", " + side});

  std::stable_sort(loops.begin(), loops.end(),
                   [](const PlacedLoop& a, const PlacedLoop& b) { return a.pixels > b.pixels; });
  std::size_t bytes = 0, placed = 0;
  for (; placed < loops.size(); ++placed) {
    bytes += loops[placed].data.size();
    if (bytes > most) break;
    paths[loops[placed].path].data += loops[placed].data;
  }
  // The thin lines of the prediction over the wide ones of the truth, so that both are seen where
  // they agree; what lies within another class over that one's border.
  std::stable_sort(paths.begin(), paths.end(), [](const OutlinePath& a, const OutlinePath& b) {
    return std::pair(a.style == LineStyle::prediction, -a.largest) <
           std::pair(b.style == LineStyle::prediction, -b.largest);
  });
  SliceOutlines result;
  for (const OutlinePath& path : paths) result.paths += drawn(path);
  result.left_out = static_cast<std::int64_t>(loops.size() - placed);
  return result;
}

}  // namespace seg
