// The overlay of a case: what it draws and that any input keeps it a drawing.
#include "report/overlay.h"

#include "report/outline.h"
#include "report/palette.h"
#include "report/planes.h"
#include "report/slice_outlines.h"
#include "sample_report.h"
#include "support/catch.h"
#include "xml.h"

#include <fmt/format.h>
#include <torch/types.h>

#include <algorithm>
#include <limits>

namespace seg {
namespace {

std::size_t times_in(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

OverlayCase blank(std::int64_t d, std::int64_t h, std::int64_t w) {
  OverlayCase c;
  c.image = torch::rand({d, h, w});
  c.truth = torch::zeros({d, h, w}, torch::kUInt8);
  c.prediction = c.truth.clone();
  c.classes = {"background", "liver", "spleen"};
  c.id = "p1";
  return c;
}

std::string path_of(const torch::Tensor& mask) {
  std::string data;
  for (const Loop& loop : outlines(mask)) data += path_data(loop);
  return data;
}

}  // namespace

TEST_CASE("an overlay outlines truth and prediction of each class in the chosen slices",
          "[report]") {
  OverlayCase c = blank(6, 8, 10);
  c.truth.slice(0, 1, 4).slice(1, 2, 6).slice(2, 3, 7).fill_(1);
  c.prediction.slice(0, 1, 5).slice(1, 2, 5).slice(2, 3, 9).fill_(1);
  c.prediction[2][0][0] = 2;
  const std::string svg = overlay_svg(c);
  CHECK(test::xml_fault(svg).empty());
  const auto chosen = slices_of_largest_error(c.truth, c.prediction);
  std::size_t drawn_paths = 0;
  for (const Plane& plane : kPlanes) {
    const ChosenSlice& slice = chosen[static_cast<unsigned>(plane.axis)];
    for (const torch::Tensor& label : {c.truth, c.prediction})
      if (const std::string path = path_of(slice_of(label, plane, slice.index) == 1);
          !path.empty()) {
        CHECK(svg.find("d=\"" + path + "\"") != std::string::npos);
        ++drawn_paths;
      }
    CHECK(svg.find(fmt::format("{}</text>", plane.name)) != std::string::npos);
    CHECK(svg.find(fmt::format("slice {} of {}, {} voxels wrong", slice.index + 1,
                               c.truth.size(plane.axis), slice.wrong)) != std::string::npos);
  }
  CHECK(times_in(svg, "<image ") == 3);
  CHECK(times_in(svg, "data:image/png;base64,iVBORw0KGgo") == 3);
  CHECK(drawn_paths >= 4);
  CHECK(times_in(svg, "<title>liver, truth</title>") +
            times_in(svg, "<title>liver, prediction</title>") ==
        drawn_paths);
  CHECK(svg.find(">liver</text>") != std::string::npos);
  CHECK(svg.find("<title>Case p1</title>") != std::string::npos);
  CHECK(svg.find("ignored") == std::string::npos);
  CHECK(svg.find(" id=") == std::string::npos);  // several may stand in one page
  CHECK(svg.find("http", svg.find("viewBox")) == std::string::npos);
  CHECK(svg == overlay_svg(c));
}

TEST_CASE("planes are drawn in millimetres at one scale", "[report]") {
  OverlayCase c = blank(10, 30, 20);
  c.spacing = {6, 1, 2};  // 60 x 30 x 40 mm
  const std::string svg = overlay_svg(c);
  const auto size = [&](const std::string& box) {
    const std::size_t at = svg.rfind("<svg x=", svg.find("viewBox=\"" + box));
    double x = 0, y = 0, w = 0, h = 0;
    REQUIRE(std::sscanf(svg.c_str() + at, "<svg x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\"",
                        &x, &y, &w, &h) == 4);
    return std::pair(w, h);
  };
  const auto axial = size("0 0 20 30"), coronal = size("0 0 20 10"), sagittal = size("0 0 30 10");
  const double scale = axial.first / 40;
  CHECK(axial.second / scale == Approx(30).margin(0.05));
  CHECK(coronal.first / scale == Approx(40).margin(0.05));
  CHECK(coronal.second / scale == Approx(60).margin(0.05));
  CHECK(sagittal.first / scale == Approx(30).margin(0.05));
}

TEST_CASE("what is ignored has its own line and counts as no error", "[report]") {
  OverlayCase c = blank(4, 6, 6);
  c.truth[1].fill_(255);
  c.prediction[1].fill_(1);
  c.truth[2][2][2] = 1;
  const std::string svg = overlay_svg(c);
  CHECK(svg.find("slice 3 of 4, 1 voxel wrong") != std::string::npos);
  CHECK(svg.find(">ignored</text>") != std::string::npos);
  CHECK(svg.find("<title>ignored</title>") != std::string::npos);
}

TEST_CASE("hostile and long names stay text, classes without a name have a number", "[report]") {
  OverlayCase c = blank(3, 4, 4);
  c.classes = {"background", test::hostile, std::string(4000, 'x')};
  c.id = test::hostile;
  c.truth[1][1][1] = 1;
  c.truth[1][1][2] = 2;
  c.prediction[1][2][2] = 17;
  const std::string svg = overlay_svg(c);
  CHECK(test::xml_fault(svg).empty());
  CHECK(svg.find("<script") == std::string::npos);
  CHECK(svg.find(std::string(27, 'x') + "\u2026</text>") != std::string::npos);
  CHECK(svg.find(">class 17</text>") != std::string::npos);
}

TEST_CASE("overlays of odd cases are drawings", "[report]") {
  const double infinity = std::numeric_limits<double>::infinity();
  OverlayCase one = blank(1, 1, 1);
  CHECK(test::xml_fault(overlay_svg(one)).empty());
  CHECK(overlay_svg(one).find("no labelled voxel here") != std::string::npos);
  OverlayCase odd = blank(5, 40, 3);
  odd.image.fill_(std::numeric_limits<float>::quiet_NaN());
  CHECK(test::xml_fault(overlay_svg(odd)).empty());
  odd.image[2].fill_(infinity);
  odd.image[3].fill_(-infinity);
  odd.spacing = {0.01, 50, 0.01};
  CHECK(test::xml_fault(overlay_svg(odd)).empty());
  OverlayCase many = test::sample_case({20, 60, 60}, 15);
  const std::string svg = overlay_svg(many);
  CHECK(test::xml_fault(svg).empty());
  CHECK(times_in(svg, "<rect ") <= 15);
  CHECK(times_in(svg, "<rect ") >= 10);
}

TEST_CASE("an overlay stays small whatever it shows", "[report]") {
  torch::manual_seed(1);
  OverlayCase c = blank(1, 512, 512);
  c.image = torch::rand({1, 512, 512});
  c.truth = torch::randint(0, 16, {1, 512, 512}).to(torch::kUInt8);
  c.prediction = torch::randint(0, 16, {1, 512, 512}).to(torch::kUInt8);
  c.truth.slice(1, 100, 300).slice(2, 100, 300).fill_(1);
  const std::string svg = overlay_svg(c);
  CHECK(svg.size() < 400'000);
  CHECK(svg.find("smallest outlines not drawn") != std::string::npos);
  const std::vector<Loop> loops = outlines(slice_of(c.truth, kPlanes[0], 0) == 1);
  const auto largest = std::max_element(
      loops.begin(), loops.end(), [](const Loop& a, const Loop& b) { return area(a) < area(b); });
  CHECK(svg.find(path_data(*largest)) != std::string::npos);
}

TEST_CASE("a large slice is drawn from means, its outlines stay exact", "[report]") {
  OverlayCase c = blank(1, 1100, 700);
  c.image.fill_(1);
  c.truth[0].slice(0, 500, 1099).slice(1, 13, 600).fill_(1);
  const std::string svg = overlay_svg(c);
  CHECK(svg.find("<image width=\"700\" height=\"1101\"") != std::string::npos);  // 3 x 367, 2 x 350
  CHECK(svg.find("M100 1h587v599h-587z") != std::string::npos);
}

TEST_CASE("classes beyond the palette take its colours again", "[report]") {
  const torch::Tensor truth = torch::full({2, 2}, 16, torch::kUInt8);
  const SliceOutlines lines = slice_outlines(truth, torch::zeros_like(truth), {}, 1000);
  CHECK(lines.paths.find(hex(class_colour(1))) != std::string::npos);
  CHECK(lines.paths.find("class 16, truth") != std::string::npos);
  CHECK(lines.left_out == 0);
}

TEST_CASE("what lies within another class is drawn over it, the prediction over the truth",
          "[report]") {
  torch::Tensor truth = torch::zeros({15, 15, 15}, torch::kUInt8);
  const auto box = [&](std::int64_t from, std::int64_t to, int c) {
    truth.slice(0, from, to).slice(1, from, to).slice(2, from, to) = c;
  };
  box(1, 14, 2);  // the largest has the highest number but one
  box(3, 12, 3);
  box(5, 9, 1);
  torch::Tensor prediction = truth.clone();
  prediction[7][7][7] = 0;  // the slices through it are shown
  const std::string svg = overlay_svg({.image = torch::zeros({15, 15, 15}),
                                       .truth = truth,
                                       .prediction = prediction,
                                       .classes = {"background", "core", "whole", "middle"},
                                       .id = "p"});
  std::size_t last = 0;
  for (const char* title : {"whole, truth", "middle, truth", "core, truth", "whole, prediction",
                            "middle, prediction", "core, prediction"}) {
    const std::size_t at = svg.find("<title>" + std::string(title));
    REQUIRE(at != std::string::npos);
    CHECK(at > last);
    last = at;
  }
}

}  // namespace seg
