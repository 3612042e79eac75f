// Contours and distance weights on the device where sizes are odd, memory was never written, labels
// begin anywhere, and where there is nothing. Small, for compute-sanitizer.
#include "contour/contour.h"
#include "contour/dwce_weight.h"
#include "support/device.h"
#include "support/word.h"

#include <torch/utils.h>

using namespace seg;
using namespace seg::test;

namespace {

using Shape = std::vector<std::int64_t>;
constexpr std::int64_t kClasses = 5;

// Blocks of two voxels, so that there are insides, with ignored voxels among them.
torch::Tensor labels_of(const Shape& s) {
  torch::manual_seed(s[1] + s[3]);
  torch::Tensor labels =
      torch::randint(0, kClasses, {s[0], s[1] / 2 + 1, s[2] / 2 + 1, s[3] / 2 + 1}, torch::kUInt8);
  for (std::int64_t axis = 1; axis < 4; ++axis)
    labels = labels.repeat_interleave(2, axis).narrow(axis, 0, s[static_cast<std::size_t>(axis)]);
  return labels.contiguous().masked_fill_(torch::rand(s).lt(0.05), 255);
}

struct Maps {
  torch::Tensor uniform, adaptive, release, nearest, two_nearest;
};

Maps maps_of(const torch::Tensor& labels, std::int64_t iterations, const std::string& border) {
  ContourConfig contour;
  contour.iterations = iterations;
  contour.border = test::word(border);
  ContourConfig adaptive = contour;
  adaptive.mode = ContourMode::adaptive;
  DwceConfig two;
  two.distance = DwceDistance::two_nearest;
  return {contour_map(labels, kClasses, contour), contour_map(labels, kClasses, adaptive),
          release_contour_map(labels, kClasses), dwce_weight(labels, kClasses, {}),
          dwce_weight(labels, kClasses, two)};
}

// Contours bit by bit; weights, where a voxel has one, to float32's rounding.
void check_equal(const Maps& found, const Maps& expected, const torch::Tensor& labels) {
  CHECK(found.uniform.cpu().equal(expected.uniform));
  CHECK(found.adaptive.cpu().equal(expected.adaptive));
  CHECK(found.release.cpu().equal(expected.release));
  const torch::Tensor valid = labels.ne(255);
  const auto close = [&](const torch::Tensor& a, const torch::Tensor& b) {
    return torch::allclose(a.cpu().masked_select(valid), b.masked_select(valid), 1e-6);
  };
  CHECK(close(found.nearest, expected.nearest));
  CHECK(close(found.two_nearest, expected.two_nearest));
}

// check(labels, iterations, border) for odd sizes; 6 iterations are more than most of these volumes
// hold.
template <class Check>
void for_each_volume(Check check) {
  for (const Shape& sizes :
       {Shape{1, 1, 1, 1}, {2, 1, 1, 257}, {2, 3, 5, 7}, {1, 64, 1, 33}, {3, 2, 33, 4}})
    for (const std::int64_t iterations : {1, 6})
      for (const char* border : {"replicate", "zero"}) {
        INFO(torch::IntArrayRef(sizes) << ", " << iterations << " iterations, border " << border);
        check(labels_of(sizes), iterations, border);
      }
}

}  // namespace

TEST_CASE("Contours and weights of odd sizes on a GPU leave nothing unwritten",
          "[contour][distance][cuda][kernel]") {
  SEG_DEVICE(device);
  for_each_volume([&](const torch::Tensor& labels, std::int64_t iterations, const char* border) {
    const Maps expected = maps_of(labels, iterations, border);
    const torch::Tensor there = labels.to(device);
    Maps found;
    {
      const PoisonedMemory poisoned;
      REQUIRE(torch::empty({5}, there.options()).eq(255).all().item<bool>());
      found = maps_of(there, iterations, border);
    }
    check_equal(found, expected, labels);
  });
}

TEST_CASE("Contours and weights on a GPU take labels that begin anywhere",
          "[contour][distance][cuda][kernel]") {
  SEG_DEVICE(device);
  for_each_volume([&](const torch::Tensor& labels, std::int64_t iterations, const char* border) {
    const Maps expected = maps_of(labels, iterations, border);
    for (const std::int64_t offset : {1, 2, 3}) {
      const torch::Tensor moved = shifted(labels.to(device), offset);
      REQUIRE(moved.storage_offset() == offset);
      check_equal(maps_of(moved, iterations, border), expected, labels);
    }
  });
}

TEST_CASE("Contours and weights of nothing are empty", "[contour][distance][cuda][kernel]") {
  SEG_DEVICE(device);
  for (const Shape& sizes : {Shape{0, 4, 5, 6}, {2, 0, 5, 6}, {2, 4, 5, 0}}) {
    const Maps found =
        maps_of(torch::zeros(sizes, torch::dtype(torch::kUInt8).device(device)), 2, "replicate");
    for (const torch::Tensor& map :
         {found.uniform, found.adaptive, found.release, found.nearest, found.two_nearest})
      CHECK(map.sizes() == torch::IntArrayRef(sizes));
  }
}
