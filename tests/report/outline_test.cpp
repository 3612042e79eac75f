// Outlines of masks: they enclose exactly the pixels of the mask, whatever its shape.
#include "report/outline.h"

#include "support/catch.h"

#include <torch/types.h>

#include <set>

namespace seg {
namespace {

torch::Tensor mask_of(const std::vector<std::string>& rows) {
  torch::Tensor mask = torch::zeros(
      {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size())},
      torch::kUInt8);
  for (std::size_t y = 0; y < rows.size(); ++y)
    for (std::size_t x = 0; x < rows[y].size(); ++x)
      if (rows[y][x] == '#') mask[static_cast<int>(y)][static_cast<int>(x)] = 1;
  return mask;
}

using Side = std::array<int, 4>;  // of a pixel: from, to

// The borders of the pixels, one by one, as a plain double loop sees them.
std::multiset<Side> plain_borders(const torch::Tensor& mask) {
  std::multiset<Side> sides;
  const auto h = static_cast<int>(mask.size(0)), w = static_cast<int>(mask.size(1));
  const auto set = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < w && y < h && mask[y][x].item<int>() != 0;
  };
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x) {
      if (!set(x, y)) continue;
      if (!set(x, y - 1)) sides.insert({x, y, x + 1, y});
      if (!set(x + 1, y)) sides.insert({x + 1, y, x + 1, y + 1});
      if (!set(x, y + 1)) sides.insert({x + 1, y + 1, x, y + 1});
      if (!set(x - 1, y)) sides.insert({x, y + 1, x, y});
    }
  return sides;
}

std::multiset<Side> borders_of(const std::vector<Loop>& loops) {
  std::multiset<Side> sides;
  for (const Loop& loop : loops)
    for (std::size_t i = 0; i < loop.size(); ++i) {
      auto [x, y] = loop[i];
      const auto [x1, y1] = loop[(i + 1) % loop.size()];
      const int dx = (x1 > x) - (x1 < x), dy = (y1 > y) - (y1 < y);
      REQUIRE(std::abs(dx) + std::abs(dy) == 1);  // along one axis
      for (; x != x1 || y != y1; x += dx, y += dy) sides.insert({x, y, x + dx, y + dy});
    }
  return sides;
}

double sum_of_areas(const std::vector<Loop>& loops) {
  double sum = 0;
  for (const Loop& loop : loops) sum += area(loop);
  return sum;
}

}  // namespace

TEST_CASE("a block has one loop of four corners", "[report]") {
  const std::vector<Loop> loops = outlines(mask_of({".....", ".###.", ".###.", "....."}));
  REQUIRE(loops.size() == 1);
  CHECK((loops[0] == Loop{{1, 1}, {4, 1}, {4, 3}, {1, 3}}));
  CHECK(path_data(loops[0]) == "M1 1h3v2h-3z");
  CHECK(area(loops[0]) == 6);
}

TEST_CASE("a hole is a loop of its own, whose area is taken away", "[report]") {
  const std::vector<Loop> loops = outlines(mask_of({"####", "#..#", "####"}));
  REQUIRE(loops.size() == 2);
  CHECK(area(loops[0]) == 12);
  CHECK(area(loops[1]) == -2);
  CHECK((loops[1] == Loop{{1, 1}, {1, 2}, {3, 2}, {3, 1}}));
}

TEST_CASE("pixels that touch at a corner have loops of their own", "[report]") {
  CHECK(outlines(mask_of({"#.", ".#"})).size() == 2);
  CHECK(outlines(mask_of({".#", "#."})).size() == 2);
  CHECK(outlines(mask_of({"#.#", ".#.", "#.#"})).size() == 5);
  CHECK(outlines(mask_of({".#.", "#.#", ".#."})).size() == 4);  // and no hole: it is outside
}

TEST_CASE("an empty mask has no outline, a full one its edge", "[report]") {
  CHECK(outlines(torch::zeros({3, 4}, torch::kUInt8)).empty());
  CHECK(outlines(torch::zeros({0, 4}, torch::kUInt8)).empty());
  CHECK((outlines(torch::ones({3, 4}, torch::kBool)) ==
         std::vector<Loop>{{{0, 0}, {4, 0}, {4, 3}, {0, 3}}}));
  CHECK(path_data({}).empty());
}

TEST_CASE("outlines of random masks: every border of a pixel once, the area the pixels' number",
          "[report]") {
  torch::manual_seed(8);
  for (const double density : {0.1, 0.4, 0.5, 0.6, 0.9})
    for (int i = 0; i < 4; ++i) {
      const torch::Tensor mask = (torch::rand({13, 17}) < density).to(torch::kUInt8);
      for (const torch::Tensor& seen : {mask, mask.flip({0}), mask.flip({1}), mask.t()}) {
        const std::vector<Loop> loops = outlines(seen);
        CHECK((borders_of(loops) == plain_borders(seen)));
        CHECK(sum_of_areas(loops) == mask.sum().item<double>());
        for (const Loop& loop : loops) {
          CHECK(loop.size() % 2 == 0);  // every point is a corner
          for (std::size_t k = 0; k + 1 < loop.size(); ++k)
            CHECK(((loop[k][1] == loop[k + 1][1]) == ((k % 2 == 0) == (area(loop) > 0))));
        }
      }
    }
}

}  // namespace seg
