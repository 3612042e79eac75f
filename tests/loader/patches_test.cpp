#include "loader/patches.h"

#include "data/support.h"

#include <set>

using namespace seg;
using test::made_case;
using Starts = std::vector<std::int64_t>;

TEST_CASE("axial crops share 16 slices and the last ends flush", "[loader]") {
  CHECK(slice_starts(64, 64, 16) == Starts{0});
  CHECK(slice_starts(40, 64, 16) == Starts{0});
  CHECK(slice_starts(65, 64, 16) == Starts{0, 1});
  CHECK(slice_starts(112, 64, 16) == Starts{0, 48});
  CHECK(slice_starts(150, 64, 16) == Starts{0, 48, 86});
  for (std::int64_t slices = 1; slices < 300; ++slices) {
    const Starts starts = slice_starts(slices, 64, 16);
    CHECK(starts.back() == std::max<std::int64_t>(0, slices - 64));
    for (std::size_t i = 1; i < starts.size(); ++i)
      CHECK((starts[i] > starts[i - 1] && starts[i] <= starts[i - 1] + 48));
  }
}

TEST_CASE("a patch inside the volume is that part of it", "[loader]") {
  const PreparedCase c = made_case("c", 6, 7, 8);
  const Patch patch = cut_patch(c, {1, 2, 3}, {4, 3, 2});
  CHECK(torch::equal(patch.image, c.image.slice(1, 1, 5).slice(2, 2, 5).slice(3, 3, 5)));
  CHECK(torch::equal(patch.label, c.label.slice(0, 1, 5).slice(1, 2, 5).slice(2, 3, 5)));
}

TEST_CASE("a patch beyond the volume is padded with each channel's minimum and the ignored label",
          "[loader]") {
  const PreparedCase c = made_case("c", 3, 4, 6);
  const Dhw<std::int64_t> size = {8, 4, 5}, start = {0, 0, 3};
  const Patch patch = cut_patch(c, start, size);
  REQUIRE(patch.image.sizes() == torch::IntArrayRef{2, 8, 4, 5});
  const auto image = c.image.accessor<float, 4>();
  for (std::int64_t k = 0; k < 2; ++k)
    for (std::int64_t d = 0; d < 8; ++d)
      for (std::int64_t h = 0; h < 4; ++h)
        for (std::int64_t w = 0; w < 5; ++w) {
          const std::int64_t z = d - 2, x = w + 3;
          const bool inside = z >= 0 && z < 3 && x < 6;
          CHECK(patch.image[k][d][h][w].item<float>() ==
                (inside ? image[k][z][h][x] : c.image[k].min().item<float>()));
          CHECK(patch.label[d][h][w].item<int>() == (inside ? c.label[z][h][x].item<int>() : 255));
        }
}

TEST_CASE("foreground voxels are labelled ones, at most 20,000, spread over all", "[loader]") {
  torch::Tensor label = torch::zeros({50, 40, 40}, torch::kUInt8);
  CHECK(foreground_voxels(label).size(0) == 0);
  label.fill_(255);
  CHECK(foreground_voxels(label).size(0) == 0);
  label[7][8][9] = 3;
  CHECK(torch::equal(foreground_voxels(label), torch::tensor({{7, 8, 9}}, torch::kInt32)));
  label.slice(0, 5, 45).fill_(1);
  const torch::Tensor voxels = foreground_voxels(label);
  CHECK(voxels.size(0) <= 20000);
  CHECK(voxels.size(0) > 10000);
  CHECK(voxels.select(1, 0).min().item<int>() == 5);
  CHECK(voxels.select(1, 0).max().item<int>() == 44);
}

TEST_CASE("random patches: inside, repeatable, as many on the foreground as asked", "[loader]") {
  PreparedCase c = made_case("c", 40, 40, 40);
  c.label.zero_();
  c.label[20][20][20] = 1;
  const torch::Tensor foreground = foreground_voxels(c.label);
  const Dhw<std::int64_t> size = {5, 5, 5};
  int centred = 0;
  std::set<float> corners;
  for (std::uint64_t sample = 0; sample < 3000; ++sample) {
    Random random(1, 2, sample, Purpose::patch), same(1, 2, sample, Purpose::patch);
    const Patch patch = random_patch(c, foreground, size, 1.0 / 3, random);
    if (sample < 50) {
      CHECK(torch::equal(patch.image, random_patch(c, foreground, size, 1.0 / 3, same).image));
      corners.insert(patch.image[0][0][0][0].item<float>());
    }
    REQUIRE(patch.image.sizes() == torch::IntArrayRef{2, 5, 5, 5});
    centred += patch.label[2][2][2].item<int>() == 1;
  }
  CHECK(corners.size() > 25);
  CHECK(centred > 900);
  CHECK(centred < 1100);
  Random random(1, 2, 3, Purpose::patch);
  CHECK(random_patch(c, torch::empty({0, 3}, torch::kInt32), size, 1, random).image.size(1) == 5);
}

TEST_CASE("a patch centred near the border stays inside the volume", "[loader]") {
  PreparedCase c = made_case("c", 9, 9, 9);
  c.label.zero_();
  c.label[0][8][4] = 1;
  Random random(0, 0, 0, Purpose::patch);
  const Patch patch = random_patch(c, foreground_voxels(c.label), {4, 4, 4}, 1, random);
  CHECK(torch::equal(patch.label, c.label.slice(0, 0, 4).slice(1, 5, 9).slice(2, 2, 6)));
}
