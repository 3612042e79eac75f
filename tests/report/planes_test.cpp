// Which slices an overlay shows, and which way round.
#include "report/planes.h"

#include "support/catch.h"

#include <torch/types.h>

namespace seg {
namespace {

// The choice by plain loops over every voxel.
ChosenSlice plain_choice(const torch::Tensor& truth, const torch::Tensor& prediction, int axis) {
  const std::int64_t n = truth.size(axis);
  std::vector<std::int64_t> wrong(static_cast<std::size_t>(n)), labelled = wrong;
  for (std::int64_t z = 0; z < truth.size(0); ++z)
    for (std::int64_t y = 0; y < truth.size(1); ++y)
      for (std::int64_t x = 0; x < truth.size(2); ++x) {
        const auto at = static_cast<std::size_t>(std::array{z, y, x}[static_cast<unsigned>(axis)]);
        const int t = truth[z][y][x].item<int>(), p = prediction[z][y][x].item<int>();
        if (t == 255) continue;
        wrong[at] += t != p;
        labelled[at] += t > 0 || (p > 0 && p < 255);
      }
  std::size_t best = static_cast<std::size_t>(n) / 2;
  std::int64_t most_wrong = 0, most_labelled = 0;
  for (std::size_t i = 0; i < wrong.size(); ++i)
    if (wrong[i] > most_wrong || (wrong[i] == most_wrong && labelled[i] > most_labelled)) {
      best = i;
      most_wrong = wrong[i];
      most_labelled = labelled[i];
    }
  return {static_cast<std::int64_t>(best), most_wrong};
}

torch::Tensor sparse_labels(std::int64_t classes, double density) {
  const torch::Tensor some = torch::rand({7, 6, 9}) < density;
  return (torch::randint(1, classes, {7, 6, 9}) * some).to(torch::kUInt8);
}

}  // namespace

TEST_CASE("the slice of the largest error, as plain loops find it", "[report]") {
  torch::manual_seed(5);
  for (int i = 0; i < 8; ++i) {
    torch::Tensor truth = sparse_labels(4, 0.1);
    const torch::Tensor prediction = i % 2 ? truth.clone() : sparse_labels(4, 0.1);
    truth.masked_fill_(torch::rand({7, 6, 9}) < 0.2, 255);
    const auto chosen = slices_of_largest_error(truth, prediction);
    for (int axis = 0; axis < 3; ++axis) {
      const ChosenSlice plain = plain_choice(truth, prediction, axis);
      CHECK(chosen[static_cast<unsigned>(axis)].index == plain.index);
      CHECK(chosen[static_cast<unsigned>(axis)].wrong == plain.wrong);
    }
  }
}

TEST_CASE("ties, no error, nothing labelled, all ignored", "[report]") {
  torch::Tensor truth = torch::zeros({5, 4, 4}, torch::kUInt8), prediction = truth.clone();
  CHECK(slices_of_largest_error(truth, prediction)[0].index == 2);
  truth[4].fill_(3);
  prediction[4].fill_(3);
  CHECK(slices_of_largest_error(truth, prediction)[0].index == 4);  // most labelled
  prediction[1][0][0] = 1;
  CHECK(slices_of_largest_error(truth, prediction)[0].index == 1);
  prediction[3][0][0] = 1;
  truth[3][1][1] = 2;
  prediction[3][1][1] = 2;
  CHECK(slices_of_largest_error(truth, prediction)[0].index == 3);  // as wrong, more labelled
  CHECK(slices_of_largest_error(truth, prediction)[0].wrong == 1);
  truth.fill_(255);
  CHECK(slices_of_largest_error(truth, prediction)[0].index == 2);
  CHECK(slices_of_largest_error(truth, prediction)[0].wrong == 0);
}

TEST_CASE("planes show the front or the head at the top, the right or the front on the left",
          "[report]") {
  torch::Tensor volume = torch::zeros({3, 4, 5});
  volume[2][3][4] = 1;  // head, front, right
  volume[0][0][0] = 2;  // feet, back, left
  for (const Plane& plane : kPlanes) {
    CAPTURE(plane.name);
    const torch::Tensor upper = slice_of(volume, plane, volume.size(plane.axis) - 1),
                        lower = slice_of(volume, plane, 0);
    CHECK(upper[0][0].item<float>() == 1);
    CHECK(lower[-1][-1].item<float>() == 2);
  }
  CHECK(slice_of(volume, kPlanes[2], 0).sizes().vec() == std::vector<std::int64_t>{3, 4});
  CHECK((std::string{kPlanes[2].left, kPlanes[2].right, kPlanes[2].top, kPlanes[2].bottom} ==
         "APSI"));
}

TEST_CASE("pixels have the size of the axes that a plane shows", "[report]") {
  const Dhw<double> spacing = {5, 2, 3};
  CHECK(pixel_size(spacing, kPlanes[0]) == std::array<double, 2>{2, 3});
  CHECK(pixel_size(spacing, kPlanes[1]) == std::array<double, 2>{5, 3});
  CHECK(pixel_size(spacing, kPlanes[2]) == std::array<double, 2>{5, 2});
}

}  // namespace seg
