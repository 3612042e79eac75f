#include "data/augment.h"

#include "support.h"

#include <cmath>
#include <numbers>

using namespace seg;

namespace {

Patch made_patch(std::int64_t D, std::int64_t H, std::int64_t W) {
  torch::manual_seed(1);
  return {torch::randn({2, D, H, W}), torch::randint(0, 5, {D, H, W}, torch::kUInt8)};
}

// Rotation voxel by voxel, from the definition.
Patch plain_rotation(const Patch& patch, double degrees) {
  const std::int64_t C = patch.image.size(0), D = patch.image.size(1), H = patch.image.size(2), W = patch.image.size(3);
  Patch out{torch::empty_like(patch.image), torch::empty_like(patch.label)};
  const double angle = degrees * std::numbers::pi / 180, mr = (H - 1) / 2.0, mc = (W - 1) / 2.0;
  for (std::int64_t h = 0; h < H; ++h)
    for (std::int64_t w = 0; w < W; ++w) {
      const double r = std::cos(angle) * (h - mr) - std::sin(angle) * (w - mc) + mr,
                   c = std::sin(angle) * (h - mr) + std::cos(angle) * (w - mc) + mc;
      const bool inside = r >= -1e-6 && r <= H - 1 + 1e-6 && c >= -1e-6 && c <= W - 1 + 1e-6;
      const auto at = [](double p, std::int64_t n) { return std::min<std::int64_t>(n - 1, std::max<std::int64_t>(0, std::llround(p))); };
      const std::int64_t r0 = at(std::floor(r), H), r1 = at(std::floor(r) + 1, H), c0 = at(std::floor(c), W), c1 = at(std::floor(c) + 1, W);
      const double wr = std::max(0.0, r - r0), wc = std::max(0.0, c - c0);
      for (std::int64_t d = 0; d < D; ++d) {
        out.label[d][h][w] = inside ? patch.label[d][at(std::floor(r + 0.5), H)][at(std::floor(c + 0.5), W)] : torch::tensor(255);
        for (std::int64_t k = 0; k < C; ++k) {
          const torch::Tensor v = patch.image[k][d];
          const auto value = [&](std::int64_t a, std::int64_t b) { return v[a][b].item<double>(); };
          out.image[k][d][h][w] =
              inside ? (1 - wr) * ((1 - wc) * value(r0, c0) + wc * value(r0, c1)) + wr * ((1 - wc) * value(r1, c0) + wc * value(r1, c1))
                     : patch.image[k].min().item<double>();
        }
      }
    }
  return out;
}

}  // namespace

TEST_CASE("rotation agrees with the plain one", "[data]") {
  const Patch patch = made_patch(2, 11, 14);
  for (const double degrees : {0.5, 7.0, 15.0, -15.0, 33.0}) {
    const Patch fast = augment(patch, {degrees, 0}), plain = plain_rotation(patch, degrees);
    CHECK(torch::allclose(fast.image, plain.image, 1e-5, 1e-5));
    CHECK(torch::equal(fast.label, plain.label));
    CHECK((fast.label == 255).any().item<bool>());
  }
}

TEST_CASE("a quarter turn of a square slice moves voxels exactly", "[data]") {
  const Patch patch = made_patch(2, 9, 9);
  const Patch turned = augment(patch, {90, 0});
  CHECK(torch::allclose(turned.image, torch::rot90(patch.image, -1, {2, 3}), 1e-5, 1e-5));
  CHECK(torch::equal(turned.label, torch::rot90(patch.label, -1, {1, 2})));
}

TEST_CASE("flips reverse one in-plane axis; nothing drawn changes nothing", "[data]") {
  const Patch patch = made_patch(3, 4, 5);
  const Patch w = augment(patch, {0, 1}), h = augment(patch, {0, 2}), same = augment(patch, {0, 0});
  CHECK(torch::equal(w.image, patch.image.flip({3})));
  CHECK(torch::equal(w.label, patch.label.flip({2})));
  CHECK(torch::equal(h.image, patch.image.flip({2})));
  CHECK(torch::equal(h.label, patch.label.flip({1})));
  CHECK(torch::equal(same.image, patch.image));
}

TEST_CASE("draws follow the paper: p 0.2 each, angles in [0, 15] of either sign, one axis", "[data]") {
  const AugmentationConfig config;
  const int samples = 20000;
  int rotated = 0, positive = 0, flips[3] = {0, 0, 0};
  double sum = 0;
  for (int s = 0; s < samples; ++s) {
    const Augmentation a = draw_augmentation(config, 3, 1, static_cast<std::uint64_t>(s));
    REQUIRE(std::abs(a.degrees) <= 15);
    rotated += a.degrees != 0;
    positive += a.degrees > 0;
    sum += std::abs(a.degrees);
    ++flips[a.flip];
  }
  CHECK(rotated == Approx(0.2 * samples).margin(300));
  CHECK(positive == Approx(0.5 * rotated).margin(200));
  CHECK(sum / rotated == Approx(7.5).margin(0.3));
  CHECK(flips[1] == Approx(0.1 * samples).margin(220));
  CHECK(flips[2] == Approx(0.1 * samples).margin(220));
}
