// The palette stays apart for eyes that do not tell red from green.
#include "report/palette.h"

#include "support/catch.h"

#include <array>
#include <cmath>
#include <set>

namespace seg {
namespace {

using Three = std::array<double, 3>;
using Matrix = std::array<Three, 3>;

Three times(const Matrix& m, const Three& v) {
  Three out{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t k = 0; k < 3; ++k) out[i] += m[i][k] * v[k];
  return out;
}

Three linear(Colour c) {
  Three out{};
  const std::array<int, 3> bytes = {c.red, c.green, c.blue};
  for (std::size_t i = 0; i < 3; ++i) {
    const double v = bytes[i] / 255.0;
    out[i] = v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  }
  return out;
}

Three lab(Three rgb) {
  constexpr Matrix to_xyz = {{{0.4124564, 0.3575761, 0.1804375},
                              {0.2126729, 0.7151522, 0.0721750},
                              {0.0193339, 0.1191920, 0.9503041}}};
  for (double& v : rgb) v = std::clamp(v, 0.0, 1.0);
  const Three xyz = times(to_xyz, rgb), white = times(to_xyz, {1, 1, 1});
  Three f{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double v = xyz[i] / white[i];
    f[i] = v > 216.0 / 24389 ? std::cbrt(v) : 841.0 / 108 * v + 4.0 / 29;
  }
  return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

// Normal sight, protanopia and deuteranopia: Machado, Oliveira and Fernandes 2009, severity 1.
constexpr std::array<Matrix, 3> sights = {{{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
                                           {{{0.152286, 1.052583, -0.204868},
                                             {0.114503, 0.786281, 0.099216},
                                             {-0.003882, -0.048116, 1.051998}}},
                                           {{{0.367322, 0.860646, -0.227968},
                                             {0.280085, 0.672501, 0.047413},
                                             {-0.011820, 0.042940, 0.968881}}}}};

// The least distance of two colours of the first `count`, in any sight.
double least_distance(std::int64_t count) {
  double least = 1e9;
  for (const Matrix& sight : sights)
    for (std::int64_t a = 1; a <= count; ++a)
      for (std::int64_t b = a + 1; b <= count; ++b) {
        const Three x = lab(times(sight, linear(class_colour(a)))),
                    y = lab(times(sight, linear(class_colour(b))));
        least = std::min(least, std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]));
      }
  return least;
}

}  // namespace

TEST_CASE("the palette's later colours are as far apart as Okabe and Ito's", "[report]") {
  CHECK(hex(class_colour(1)) == "#e69f00");
  CHECK(hex(class_colour(7)) == "#cc79a7");
  CHECK(least_distance(7) > 16);
  CHECK(least_distance(kPaletteSize) == Approx(least_distance(7)));
  std::set<std::string> all;
  for (std::int64_t c = 1; c <= kPaletteSize; ++c) all.insert(hex(class_colour(c)));
  CHECK(all.size() == static_cast<std::size_t>(kPaletteSize));
  CHECK(hex(class_colour(kPaletteSize + 1)) == hex(class_colour(1)));
  CHECK(hex(class_colour(254)).size() == 7);
}

TEST_CASE("no colour of the palette is grey or hard to see on dark grey", "[report]") {
  for (std::int64_t c = 1; c <= kPaletteSize; ++c) {
    const Three colour = lab(linear(class_colour(c)));
    CAPTURE(c);
    CHECK(std::hypot(colour[1], colour[2]) > 18);
    CHECK(colour[0] > 44);
  }
}

}  // namespace seg
