#include "loader/augment.h"

#include "loader/spatial.h"

#include "data/support.h"

#include <numeric>

#include <torch/cuda.h>
#include <torch/utils.h>

#ifdef SEG_HAS_CUDA
#include <c10/cuda/CUDAFunctions.h>
#endif

#include <cmath>
#include <numbers>
#include <set>

using namespace seg;

namespace {

Patch made_patch(std::int64_t D, std::int64_t H, std::int64_t W) {
  torch::manual_seed(1);
  return {torch::randn({2, D, H, W}), torch::randint(0, 5, {D, H, W}, torch::kUInt8)};
}

// Rotation voxel by voxel, from the definition.
Patch plain_rotation(const Patch& patch, double degrees) {
  const std::int64_t C = patch.image.size(0), D = patch.image.size(1), H = patch.image.size(2),
                     W = patch.image.size(3);
  Patch out{torch::empty_like(patch.image), torch::empty_like(patch.label)};
  const double angle = degrees * std::numbers::pi / 180, mr = (H - 1) / 2.0, mc = (W - 1) / 2.0;
  for (std::int64_t h = 0; h < H; ++h)
    for (std::int64_t w = 0; w < W; ++w) {
      const double r = std::cos(angle) * (h - mr) - std::sin(angle) * (w - mc) + mr,
                   c = std::sin(angle) * (h - mr) + std::cos(angle) * (w - mc) + mc;
      const bool inside = r >= -1e-6 && r <= H - 1 + 1e-6 && c >= -1e-6 && c <= W - 1 + 1e-6;
      const auto at = [](double p, std::int64_t n) {
        return std::min<std::int64_t>(n - 1, std::max<std::int64_t>(0, std::llround(p)));
      };
      const std::int64_t r0 = at(std::floor(r), H), r1 = at(std::floor(r) + 1, H),
                         c0 = at(std::floor(c), W), c1 = at(std::floor(c) + 1, W);
      const double wr = std::max(0.0, r - r0), wc = std::max(0.0, c - c0);
      for (std::int64_t d = 0; d < D; ++d) {
        out.label[d][h][w] =
            inside ? patch.label[d][at(std::floor(r + 0.5), H)][at(std::floor(c + 0.5), W)]
                   : torch::tensor(255);
        for (std::int64_t k = 0; k < C; ++k) {
          const torch::Tensor v = patch.image[k][d];
          const auto value = [&](std::int64_t a, std::int64_t b) { return v[a][b].item<double>(); };
          out.image[k][d][h][w] = inside
                                      ? (1 - wr) * ((1 - wc) * value(r0, c0) + wc * value(r0, c1)) +
                                            wr * ((1 - wc) * value(r1, c0) + wc * value(r1, c1))
                                      : patch.image[k].min().item<double>();
        }
      }
    }
  return out;
}

}  // namespace

TEST_CASE("rotation agrees with the plain one", "[loader]") {
  const Patch patch = made_patch(2, 11, 14);
  for (const double degrees : {0.5, 7.0, 15.0, -15.0, 33.0}) {
    const Patch fast = augment(patch, {.degrees = degrees}), plain = plain_rotation(patch, degrees);
    CHECK(torch::allclose(fast.image, plain.image, 1e-5, 1e-5));
    CHECK(torch::equal(fast.label, plain.label));
    CHECK((fast.label == 255).any().item<bool>());
    const Patch general = resample_volume(patch, {.degrees = degrees});
    CHECK(torch::allclose(general.image, plain.image, 1e-4, 1e-4));
    CHECK(torch::equal(general.label, plain.label));
  }
}

TEST_CASE("a quarter turn of a square slice moves voxels exactly", "[loader]") {
  const Patch patch = made_patch(2, 9, 9);
  const Patch turned = augment(patch, {.degrees = 90});
  CHECK(torch::allclose(turned.image, torch::rot90(patch.image, -1, {2, 3}), 1e-5, 1e-5));
  CHECK(torch::equal(turned.label, torch::rot90(patch.label, -1, {1, 2})));
}

TEST_CASE("flips reverse one in-plane axis; nothing drawn changes nothing", "[loader]") {
  const Patch patch = made_patch(3, 4, 5);
  const Patch w = augment(patch, {.flip = 1}), h = augment(patch, {.flip = 2}),
              same = augment(patch, {});
  CHECK(torch::equal(w.image, patch.image.flip({3})));
  CHECK(torch::equal(w.label, patch.label.flip({2})));
  CHECK(torch::equal(h.image, patch.image.flip({2})));
  CHECK(torch::equal(h.label, patch.label.flip({1})));
  CHECK(torch::equal(same.image, patch.image));
}

TEST_CASE("draws follow the paper: p 0.2 each, angles in [0, 15] of either sign, one axis",
          "[loader]") {
  const Augmenter augmenter({}, {}, 3);
  const int samples = 20000;
  int rotated = 0, positive = 0, flips[3] = {0, 0, 0};
  double sum = 0;
  for (int s = 0; s < samples; ++s) {
    const Augmentation a = augmenter.draw(1, static_cast<std::uint64_t>(s));
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

namespace {

double spline(double x) {
  x = std::abs(x);
  return x < 1 ? 2.0 / 3 - x * x + x * x * x / 2 : x < 2 ? (2 - x) * (2 - x) * (2 - x) / 6 : 0;
}

// The displacement from the definition: the sum over all control points.
double plain_displacement(const Augmentation& drawn, const Dhw<std::int64_t>& size,
                          std::size_t axis, Dhw<double> at) {
  Dhw<std::int64_t> points{};
  for (std::size_t d = 0; d < 3; ++d)
    points[d] =
        static_cast<std::int64_t>(static_cast<double>(size[d] - 1) / drawn.elastic_spacing) + 4;
  Random random(*drawn.elastic, 0, 0, Purpose::elastic);
  double sum = 0;
  for (std::size_t a = 0; a < 3; ++a)
    for (std::int64_t i = 0; i < points[0]; ++i)
      for (std::int64_t j = 0; j < points[1]; ++j)
        for (std::int64_t k = 0; k < points[2]; ++k) {
          const double number = drawn.elastic_magnitude * random.normal();
          const auto weight = [&](std::size_t d, std::int64_t p) {
            return spline(at[d] / drawn.elastic_spacing - static_cast<double>(p - 1));
          };
          if (a == axis) sum += number * weight(0, i) * weight(1, j) * weight(2, k);
        }
  return sum;
}

// Rotation, scaling and displacement voxel by voxel, trilinear and nearest.
Patch plain_resampling(const Patch& patch, const Augmentation& drawn) {
  const Dhw<std::int64_t> n = {patch.label.size(0), patch.label.size(1), patch.label.size(2)};
  Patch out{patch.image.clone(), patch.label.clone()};
  const double angle = drawn.degrees * std::numbers::pi / 180;
  for (std::int64_t v = 0; v < patch.label.numel(); ++v) {
    const Dhw<std::int64_t> o = {v / (n[1] * n[2]), v / n[2] % n[1], v % n[2]};
    Dhw<double> from{}, x{};
    for (std::size_t d = 0; d < 3; ++d)
      from[d] = static_cast<double>(o[d]) - static_cast<double>(n[d] - 1) / 2;
    x[0] = from[0];
    x[1] = std::cos(angle) * from[1] - std::sin(angle) * from[2];
    x[2] = std::sin(angle) * from[1] + std::cos(angle) * from[2];
    bool inside = true;
    for (std::size_t d = 0; d < 3; ++d) {
      x[d] = x[d] / drawn.scaling + static_cast<double>(n[d] - 1) / 2;
      if (drawn.elastic)
        x[d] += plain_displacement(
            drawn, n, d,
            {static_cast<double>(o[0]), static_cast<double>(o[1]), static_cast<double>(o[2])});
      inside = inside && x[d] >= -1e-4 && x[d] <= static_cast<double>(n[d] - 1) + 1e-4;
    }
    const auto voxel = [&](std::size_t d, double p) {
      return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(p)), 0, n[d] - 1);
    };
    out.label[o[0]][o[1]][o[2]] =
        inside ? patch.label[voxel(0, x[0] + 0.5)][voxel(1, x[1] + 0.5)][voxel(2, x[2] + 0.5)]
               : torch::tensor(255);
    for (std::int64_t c = 0; c < patch.image.size(0); ++c) {
      double value = 0;
      for (int corner = 0; corner < 8; ++corner) {
        double weight = 1;
        Dhw<std::int64_t> at{};
        for (std::size_t d = 0; d < 3; ++d) {
          const double p = std::clamp(x[d], 0.0, static_cast<double>(n[d] - 1)),
                       low = std::floor(p);
          const bool up = (corner >> d) & 1;
          weight *= up ? p - low : 1 - (p - low);
          at[d] = std::min<std::int64_t>(n[d] - 1, static_cast<std::int64_t>(low) + up);
        }
        value += weight * patch.image[c][at[0]][at[1]][at[2]].item<double>();
      }
      out.image[c][o[0]][o[1]][o[2]] = inside ? value : patch.image[c].min().item<double>();
    }
  }
  return out;
}

Augmentation everything() {
  return {.degrees = 9,
          .scaling = 1.2,
          .elastic = 5,
          .elastic_magnitude = 1.5,
          .elastic_spacing = 4,
          .noise = 0.1,
          .noise_key = 17,
          .blur = 0.7,
          .brightness = 1.1,
          .contrast = 0.8,
          .low_resolution = 0.6,
          .gamma = 1.3,
          .flip = 1,
          .exchange = {}};
}

}  // namespace

TEST_CASE("rotation, scaling and displacement are one resampling and agree with the plain one",
          "[loader]") {
  const Patch patch = made_patch(5, 7, 6);
  for (const Augmentation& drawn :
       {Augmentation{.scaling = 1.3}, Augmentation{.scaling = 0.75},
        Augmentation{.degrees = 20, .scaling = 1.1},
        Augmentation{.elastic = 7, .elastic_magnitude = 1, .elastic_spacing = 3},
        Augmentation{.degrees = -10,
        .scaling = 0.9,
        .elastic = 8,
        .elastic_magnitude = 2,
        .elastic_spacing = 2.5}}) {
    const Patch fast = augment(patch, drawn), plain = plain_resampling(patch, drawn);
    CHECK(torch::allclose(fast.image, plain.image, 1e-4, 1e-4));
    CHECK(torch::equal(fast.label, plain.label));
  }
  CHECK((augment(patch, {.scaling = 0.75}).label == 255).any().item<bool>());
  CHECK_FALSE((augment(patch, {.scaling = 1.3}).label == 255).any().item<bool>());
}

TEST_CASE("the noise is SplitMix64 and Box-Muller, element by element, and Gaussian", "[loader]") {
  const std::uint64_t key = 0xFEDCBA9876543210u;
  const torch::Tensor noise = gaussian_noise(key, 200001, torch::kCPU);
  REQUIRE(noise.numel() == 200001);
  for (std::uint64_t i = 0; i < 50; ++i) {
    std::uint64_t z = key + 0x9E3779B97F4A7C15u * (i + 1);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    const double u = static_cast<double>((z >> 40) + 1) * 0x1p-24,
                 v = static_cast<double>((z >> 8) & 0xFFFFFF) * 0x1p-24;
    const double radius = std::sqrt(-2 * std::log(u)), angle = 2 * std::numbers::pi * v;
    CHECK(noise[static_cast<std::int64_t>(2 * i)].item<double>() ==
          Approx(radius * std::cos(angle)).margin(1e-5));
    CHECK(noise[static_cast<std::int64_t>(2 * i + 1)].item<double>() ==
          Approx(radius * std::sin(angle)).margin(1e-5));
  }
  CHECK(noise.mean().item<double>() == Approx(0).margin(0.01));
  CHECK(noise.std().item<double>() == Approx(1).margin(0.01));
  CHECK(noise.pow(4).mean().item<double>() == Approx(3).margin(0.1));
  const Patch patch = made_patch(3, 4, 5);
  const Patch noisy = augment(patch, {.noise = 0.5, .noise_key = key});
  CHECK(torch::allclose(
      noisy.image, patch.image + 0.5 * gaussian_noise(key, 120, torch::kCPU).view({2, 3, 4, 5})));
  CHECK(torch::equal(noisy.label, patch.label));
}

TEST_CASE("blur is the Gaussian's weighted mean with the edge continued", "[loader]") {
  const Patch patch = made_patch(4, 5, 6);
  const double sigma = 0.8;
  const int radius = 3;  // 4 sigma, rounded
  const torch::Tensor blurred = augment(patch, {.blur = sigma}).image;
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) sum += std::exp(-0.5 * i * i / (sigma * sigma));
  for (std::int64_t v = 0; v < 4 * 5 * 6; v += 7) {
    const std::int64_t z = v / 30, y = v / 6 % 5, x = v % 6;
    double value = 0;
    for (int i = -radius; i <= radius; ++i)
      for (int j = -radius; j <= radius; ++j)
        for (int k = -radius; k <= radius; ++k)
          value += std::exp(-0.5 * (i * i + j * j + k * k) / (sigma * sigma)) / (sum * sum * sum) *
                   patch
                       .image[1][std::clamp<std::int64_t>(z + i, 0, 3)][std::clamp<std::int64_t>(
                           y + j, 0, 4)][std::clamp<std::int64_t>(x + k, 0, 5)]
                       .item<double>();
    CHECK(blurred[1][z][y][x].item<double>() == Approx(value).margin(1e-5));
  }
}

TEST_CASE("brightness, contrast and gamma do to every voxel what they say", "[loader]") {
  const Patch patch = made_patch(3, 4, 5);
  CHECK(torch::allclose(augment(patch, {.brightness = 1.2}).image, patch.image * 1.2));
  for (int c = 0; c < 2; ++c) {
    const torch::Tensor x = patch.image[c];
    const double mean = x.mean().item<double>(), low = x.min().item<double>(),
                 high = x.max().item<double>();
    const torch::Tensor contrast = augment(patch, {.contrast = 1.25}).image[c],
                        gamma = augment(patch, {.gamma = 0.8}).image[c];
    CHECK(torch::allclose(contrast, ((x - mean) * 1.25 + mean).clamp(low, high), 1e-5, 1e-5));
    CHECK(gamma.mean().item<double>() == Approx(mean).margin(1e-5));
    CHECK(gamma.std().item<double>() == Approx(x.std().item<double>()).margin(1e-4));
    const torch::Tensor power = ((x - low) / (high - low)).pow(0.8);
    const torch::Tensor standard = (power - power.mean()) / power.std();
    CHECK(torch::allclose(gamma, standard * x.std() + mean, 1e-4, 1e-4));
  }
  const Patch flat{torch::full({1, 3, 4, 5}, 2.0f), patch.label};
  CHECK(torch::allclose(augment(flat, {.gamma = 0.8}).image, flat.image));
}

TEST_CASE("low resolution keeps the nearest voxels and joins them linearly", "[loader]") {
  const torch::Tensor ramp =
      torch::arange(8, torch::kFloat32).view({1, 1, 1, 8}).expand({1, 2, 2, 8}).contiguous();
  const Patch patch{ramp, torch::zeros({2, 2, 8}, torch::kUInt8)};
  // 4 of 8 voxels: those at floor((i + 0.5) 2) = 1, 3, 5, 7, which lie at 0.5, 2.5, 4.5, 6.5 of the
  // fine grid.
  const torch::Tensor expected = torch::tensor({1.0f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f, 7.0f});
  CHECK(torch::allclose(augment(patch, {.low_resolution = 0.5}).image[0][1][1], expected));
}

TEST_CASE(
    "a left-right flip exchanges the classes of augmentation.swap_labels, another flip does not",
    "[loader]") {
  AugmentationConfig config;
  config.rotation_probability = 0;
  config.flip_probability = 1;
  config.swap_labels = {{"right kidney", "left kidney"}};
  const Augmenter augmenter(config, {"background", "right kidney", "liver", "left kidney"}, 0);
  Patch patch = made_patch(2, 3, 4);
  patch.label[0][0][0] = 255;
  std::set<int> seen;
  for (std::uint64_t s = 0; s < 20; ++s) {
    const Augmentation drawn = augmenter.draw(0, s);
    const torch::Tensor label = augment(patch, drawn).label;
    seen.insert(drawn.flip);
    if (drawn.flip == 2) {
      CHECK(torch::equal(label, patch.label.flip({1})));
      continue;
    }
    const torch::Tensor mirrored = patch.label.flip({2});
    CHECK(torch::equal(label == 3, mirrored == 1));
    CHECK(torch::equal(label == 1, mirrored == 3));
    CHECK(torch::equal(label == 2, mirrored == 2));
    CHECK(torch::equal(label == 255, mirrored == 255));
  }
  CHECK(seen == std::set<int>{1, 2});
  const auto message = [&](const Pairs& pairs) {
    config.swap_labels = pairs;
    return test::error_of(
        [&] {
          Augmenter(config, {"background", "a", "b", "c"}, 0);
        },
        ErrorKind::config);
  };
  CHECK(message({{"a", "d"}}) ==
        "augmentation.swap_labels names 'd', which is no class of data.labels; the classes are a, "
        "b, c");
  CHECK(message({{"a", "b"}, {"b", "c"}}) ==
        "augmentation.swap_labels: 'b' and 'c' cannot be a pair; each class stands in one pair, "
        "with another class");
  CHECK(message({{"a", "a"}}) ==
        "augmentation.swap_labels: 'a' and 'a' cannot be a pair; each class stands in one pair, "
        "with another class");
}

TEST_CASE("every further augmentation is off, and each key turns its own on within its range",
          "[loader]") {
  const auto drawn = [](const std::vector<std::string>& keys) {
    const Config config = config_from(keys);
    return Augmenter(config.augmentation, {}, 0).draw(2, 11);
  };
  const Augmentation off = drawn({});
  CHECK((off.scaling == 1 && !off.elastic && off.noise == 0 && off.blur == 0 &&
         off.brightness == 1 && off.contrast == 1));
  CHECK((off.low_resolution == 1 && off.gamma == 1));
  const auto within = [](double x, double low, double high) { return x >= low && x <= high; };
  const std::string on = "_probability=1";
  const auto one = [&](const std::string& key, const std::string& range) {
    return drawn({"augmentation." + key + on, "augmentation." + key + "=" + range});
  };
  CHECK(within(one("scaling", "[1.2, 1.3]").scaling, 1.2, 1.3));
  CHECK(within(one("blur", "[0.6, 0.7]").blur, 0.6, 0.7));
  CHECK(within(one("noise", "0.01").noise, 1e-9, 0.01));
  CHECK(within(one("brightness", "[1.2, 1.3]").brightness, 1.2, 1.3));
  CHECK(within(one("contrast", "[1.2, 1.3]").contrast, 1.2, 1.3));
  CHECK(within(one("low_resolution", "[0.2, 0.3]").low_resolution, 0.2, 0.3));
  CHECK(within(one("gamma", "[1.2, 1.3]").gamma, 1.2, 1.3));
  const Augmentation bent =
      drawn({"augmentation.elastic_probability=1", "augmentation.elastic_magnitude=3",
             "augmentation.elastic_spacing=9"});
  CHECK((bent.elastic && bent.elastic_magnitude == 3 && bent.elastic_spacing == 9));
  CHECK(test::error_of([&] { one("gamma", "[1.3, 1.2]"); }, ErrorKind::config) ==
        "augmentation.gamma must be [lowest, highest], not [1.3, 1.2]");
}

TEST_CASE("everything at once keeps shapes, values of the label file and finite numbers",
          "[loader]") {
  const Patch patch = made_patch(6, 8, 10), out = augment(patch, everything());
  CHECK(out.image.sizes() == patch.image.sizes());
  CHECK(torch::isfinite(out.image).all().item<bool>());
  CHECK(((out.label < 5) | (out.label == 255)).all().item<bool>());
}

TEST_CASE("A GPU augments as the processor does", "[loader][cuda]") {
  SEG_GPU();
  const Patch patch = made_patch(12, 20, 24), here = augment(patch, everything());
  const Patch there = augment({patch.image.cuda(), patch.label.cuda()}, everything());
  CHECK(torch::allclose(there.image.cpu(), here.image, 1e-3, 1e-3));
  CHECK((there.label.cpu() != here.label).to(torch::kFloat32).mean().item<double>() <
        1e-3);  // a nearest voxel decided by rounding
}

#ifdef SEG_HAS_CUDA
TEST_CASE("augmentation on a GPU waits for nothing", "[loader][cuda]") {
  SEG_GPU();
  const Patch patch = made_patch(12, 20, 24), there{patch.image.cuda(), patch.label.cuda()};
  Augmentation drawn = everything();
  drawn.exchange.resize(256);  // 255 too: rotation leaves ignored voxels
  std::iota(drawn.exchange.begin(), drawn.exchange.end(), std::uint8_t{0});
  std::swap(drawn.exchange[1], drawn.exchange[2]);
  auto& state = c10::cuda::warning_state();
  for (const auto mode : {c10::cuda::SyncDebugMode::L_DISABLED,
                          c10::cuda::SyncDebugMode::L_ERROR}) {  // once to set up
    state.set_sync_debug_mode(mode);
    CHECK_NOTHROW(augment(there, drawn));
  }
  state.set_sync_debug_mode(c10::cuda::SyncDebugMode::L_DISABLED);
}
#endif
