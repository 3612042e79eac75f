#include "prep/crop.h"
#include "loader/patches.h"
#include "support/catch.h"

#include <torch/utils.h>

using namespace seg;

namespace {

PreparedCase made(std::int64_t d, std::int64_t h, std::int64_t w) {
  torch::manual_seed(3);
  PreparedCase c{.id = "c",
                 .image = torch::randn({2, d, h, w}),
                 .label = torch::randint(0, 3, {d, h, w}, torch::kUInt8)};
  c.geometry.size = {w, h, d};
  c.geometry.spacing = {1, 2, 3};
  c.geometry.origin = {10, 20, 30};
  return c;
}

CropConfig crop(Sizes size, CropCentre centre = CropCentre::volume) {
  CropConfig config;
  config.size = std::move(size);
  config.centre = centre;
  return config;
}

}  // namespace

TEST_CASE("a centred crop is a view, and its geometry says where it lies", "[prep]") {
  const PreparedCase c = made(7, 10, 12);
  const PreparedCase out = crop_case(c, crop({std::nullopt, 4, 5}), CropFor::training);
  CHECK(torch::equal(out.image, c.image.slice(2, 3, 7).slice(3, 3, 8)));
  CHECK(torch::equal(out.label, c.label.slice(1, 3, 7).slice(2, 3, 8)));
  CHECK(out.image.storage().data() == c.image.storage().data());
  CHECK(out.geometry.size == Xyz<std::int64_t>{5, 4, 7});
  CHECK(out.geometry.origin == Xyz<double>{10 + 3 * 1, 20 + 3 * 2, 30});
  CHECK(crop_case(c, {}, CropFor::training).image.is_same(c.image));
}

TEST_CASE(
    "a crop larger than the volume is padded with each channel's minimum and the ignored label",
    "[prep]") {
  PreparedCase c = made(4, 6, 5);
  measure(c);
  const PreparedCase out = crop_case(c, crop({7, 4, 8}), CropFor::training);
  CHECK(out.size(0) == 7);
  CHECK(out.geometry.size == Xyz<std::int64_t>{8, 4, 7});
  CHECK(out.geometry.origin == Xyz<double>{10 - 1, 20 + 2, 30 - 3});
  const torch::Tensor image = whole_image(out), label = whole_label(out);
  REQUIRE(image.sizes() == torch::IntArrayRef{2, 7, 4, 8});
  for (std::int64_t k = 0; k < 2; ++k)
    for (std::int64_t z = 0; z < 7; ++z)
      for (std::int64_t y = 0; y < 4; ++y)
        for (std::int64_t x = 0; x < 8; ++x) {
          const bool inside = z >= 1 && z < 5 && x >= 1 && x < 6;
          CHECK(image[k][z][y][x].item<float>() ==
                (inside ? c.image[k][z - 1][y + 1][x - 1] : c.image[k].min()).item<float>());
          CHECK(label[z][y][x].item<int>() ==
                (inside ? c.label[z - 1][y + 1][x - 1].item<int>() : 255));
        }
}

TEST_CASE("patches of a padded crop are parts of it", "[prep][data]") {
  PreparedCase c = made(5, 9, 6);
  measure(c);
  const PreparedCase out = crop_case(c, crop({8, 7, 10}), CropFor::training);
  PreparedCase plain{.id = "plain", .image = whole_image(out), .label = whole_label(out)};
  for (const Dhw<std::int64_t>& start :
       {Dhw<std::int64_t>{0, 0, 0}, {4, 3, 6}, {5, 4, 7}, {-3, 1, 9}, {2, 0, 5}}) {
    const Patch a = cut_patch(out, start, {3, 3, 3}), b = cut_patch(plain, start, {3, 3, 3});
    CHECK(torch::equal(a.image, b.image));
    CHECK(torch::equal(a.label, b.label));
  }
  const Patch wide = cut_patch(out, {0, 0, 0}, {12, 12, 12}),
              wide_plain = cut_patch(plain, {0, 0, 0}, {12, 12, 12});
  CHECK(torch::equal(wide.image, wide_plain.image));
  CHECK(torch::equal(wide.label, wide_plain.label));
  Random random(1, 2, 3, Purpose::patch), same(1, 2, 3, Purpose::patch);
  const Patch at = random_patch(out, torch::tensor({{1, 2, 3}}, torch::kInt32), {3, 3, 3}, 1,
                                random),
              plain_at = random_patch(plain, torch::tensor({{1 + 1, 2, 3 + 2}}, torch::kInt32),
                                      {3, 3, 3}, 1, same);
  CHECK(torch::equal(at.image, plain_at.image));
}

TEST_CASE("the crop is centred on the body, or in training on the labels, where it is told to",
          "[prep]") {
  PreparedCase c{.id = "c",
                 .image = torch::full({1, 10, 10, 10}, -1.0F),
                 .label = torch::zeros({10, 10, 10}, torch::kUInt8)};
  c.geometry.size = {10, 10, 10};
  c.image[0].slice(0, 6, 10).fill_(1);
  c.label[1][2][8] = 1;
  c.label[5][5][5] = 255;
  const auto z_of = [&](CropCentre centre, CropFor use) {
    const CropConfig config = crop({4, std::nullopt, std::nullopt}, centre);
    return crop_case(c, config, use).geometry.origin[2];
  };
  const auto check = [&] {
    for (const CropFor use : {CropFor::training, CropFor::evaluation}) {
      CHECK(z_of(CropCentre::volume, use) == 3);
      CHECK(z_of(CropCentre::body, use) == 6);
    }
    CHECK(z_of(CropCentre::foreground, CropFor::training) == 0);
    CHECK(z_of(CropCentre::foreground, CropFor::evaluation) == 6);  // its label must not tell
  };
  check();
  measure(c);
  CHECK(*c.body == Dhw<double>{8, 5, 5});
  CHECK(*c.foreground == Dhw<double>{1.5, 2.5, 8.5});
  check();
  c.label = torch::Tensor();
  CHECK(z_of(CropCentre::foreground, CropFor::training) == 6);
}
