#include "inference/sliding_window.h"

#include "loader/patches.h"
#include "prep/crop.h"
#include "support/catch.h"
#include "tensor/safetensors.h"

#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <fstream>

using namespace seg;

namespace {

// The reference's predictor: ramp = 1 + 0.10 z + 0.02 y - 0.03 x (place in the window); s = sum of
// the channels; [s * ramp, ramp + 0.5 s].
torch::Tensor predictor(const torch::Tensor& patch) {
  const auto z = torch::arange(patch.size(2), torch::kFloat32).view({1, -1, 1, 1});
  const auto y = torch::arange(patch.size(3), torch::kFloat32).view({1, 1, -1, 1});
  const auto x = torch::arange(patch.size(4), torch::kFloat32).view({1, 1, 1, -1});
  const auto ramp = 1 + 0.10 * z + 0.02 * y - 0.03 * x, s = patch.sum(1);
  return torch::stack({s * ramp, ramp + 0.5 * s}, 1);
}

// The padding of the reference vectors.
std::vector<double> zeros(const torch::Tensor& image) {
  return std::vector<double>(static_cast<std::size_t>(image.size(0)), 0);
}

// Every block in its place: [M, D, H, W]. Each voxel comes once, slab by slab and band by band.
torch::Tensor gathered(SlidingWindow& sliding, const torch::Tensor& image) {
  torch::Tensor all, seen = torch::zeros(image.sizes().slice(1));
  std::pair<std::int64_t, std::int64_t> last = {-1, -1};
  while (const auto block = sliding.next()) {
    const torch::Tensor& s = block->scores;
    if (!all.defined())
      all = torch::zeros({s.size(3), image.size(1), image.size(2), image.size(3)});
    REQUIRE(s.stride(3) == 1);
    REQUIRE(s.size(2) == image.size(3));
    REQUIRE(std::pair(block->z, block->y) > last);
    last = {block->z, block->y};
    all.narrow(1, block->z, s.size(0))
        .narrow(2, block->y, s.size(1))
        .copy_(s.permute({3, 0, 1, 2}));
    seen.narrow(0, block->z, s.size(0)).narrow(1, block->y, s.size(1)) += 1;
  }
  CHECK(seen.eq(1).all().item<bool>());
  CHECK(sliding.done() == sliding.windows());
  return all;
}

torch::Tensor slide_all(const torch::Tensor& image, const Dhw<std::int64_t>& window,
                        const InferenceConfig& config, const WindowNetwork& network = predictor,
                        const SlidingPlace& place = {}) {
  SlidingWindow sliding(image, zeros(image), window, config, network, place);
  return gathered(sliding, image);
}

// The definition, with sums of the whole volume: sum(w y) / sum(w).
torch::Tensor plain_slide(const torch::Tensor& image, const Dhw<std::int64_t>& window,
                          const InferenceConfig& config) {
  torch::Tensor sum, weights = torch::zeros(image.sizes().slice(1));
  const torch::Tensor weight = window_importance(window, config.importance);
  const auto part = [&](const torch::Tensor& t, std::int64_t z, std::int64_t y, std::int64_t x) {
    return t.narrow(-3, z, window[0]).narrow(-2, y, window[1]).narrow(-1, x, window[2]);
  };
  for (const auto z : window_starts(image.size(1), window[0], config.overlap))
    for (const auto y : window_starts(image.size(2), window[1], config.overlap))
      for (const auto x : window_starts(image.size(3), window[2], config.overlap)) {
        const torch::Tensor logits = predictor(part(image, z, y, x).unsqueeze(0))[0];
        if (!sum.defined())
          sum = torch::zeros({logits.size(0), image.size(1), image.size(2), image.size(3)});
        part(sum, z, y, x) += logits * weight;
        part(weights, z, y, x) += weight;
      }
  return sum / weights;
}

}  // namespace

TEST_CASE("the number of windows is known before the network runs", "[inference]") {
  InferenceConfig config;
  for (const double overlap : {0.0, 0.5}) {
    config.overlap = overlap;
    std::int64_t windows = 0;
    const auto count = [&](const torch::Tensor& patch) {
      ++windows;
      return patch;
    };
    config.skip_empty = false;
    SlidingWindow sliding(torch::zeros({1, 9, 20, 4}), {0}, {4, 8, 8}, config, count);
    while (sliding.next()) continue;
    CHECK(window_count({9, 20, 4}, {4, 8, 8}, overlap) == windows);
  }
}

TEST_CASE("sliding window agrees with the reference", "[inference][oracle]") {
  SEG_ORACLE(oracle);
  const auto index = nlohmann::json::parse(std::ifstream(oracle / "sliding" / "cases.json"));
  for (const auto& c : index.at("cases")) {
    const auto tensors = read_safetensors(oracle / "sliding" / c.at("file").get<std::string>());
    const auto w = c.at("window").get<std::vector<std::int64_t>>();
    const Dhw<std::int64_t> window = {w[0], w[1], w[2]};
    const torch::Tensor image = tensors.count("input") ? tensors.at("input") : tensors.at("image");
    for (const auto& run : c.at("runs")) {
      if (run.at("mode") == "gaussian" && run.at("sigma_scale") != 0.125) continue;
      InferenceConfig config;
      config.overlap = run.at("overlap");
      config.importance = run.at("mode") == "gaussian" ? Importance::gaussian : Importance::uniform;
      INFO(c.at("name") << " " << run.at("key"));
      const torch::Tensor expected = tensors.at(run.at("key").get<std::string>())[0];
      const torch::Tensor got = slide_all(image[0], window, config);
      REQUIRE(got.sizes() == expected.sizes());
      CHECK((got - expected).abs().max().item<double>() <= 2e-5);
    }
  }
}

TEST_CASE("a volume smaller than the window is predicted as if its lowest values went on",
          "[inference]") {
  torch::manual_seed(7);
  const torch::Tensor image = torch::randn({2, 5, 12, 6});
  const std::vector<double> lowest = {image[0].min().item<double>() - 1,
                                      image[1].min().item<double>()};
  const Dhw<std::int64_t> window = {8, 8, 9};
  torch::Tensor large = torch::empty({2, 8, 12, 9});  // 1 and 2 slices, 1 and 2 columns more
  for (std::int64_t c = 0; c < 2; ++c) large[c].fill_(lowest[static_cast<std::size_t>(c)]);
  large.narrow(1, 1, 5).narrow(3, 1, 6).copy_(image);
  const auto network = [](const torch::Tensor& patch) {  // each voxel's depends on all of a window
    return predictor(patch) / predictor(patch).abs().mean();
  };
  for (const Importance importance : {Importance::gaussian, Importance::uniform}) {
    const InferenceConfig config{.overlap = 0.5, .importance = importance};
    SlidingWindow sliding(image, lowest, window, config, network);
    const torch::Tensor padded = gathered(sliding, image),
                        unpadded = slide_all(large, window, config, network);
    CHECK(torch::equal(padded, unpadded.narrow(1, 1, 5).narrow(3, 1, 6)));
  }
}

TEST_CASE("a window over the border of a volume is the patch that training cuts there",
          "[inference]") {
  torch::manual_seed(8);
  PreparedCase whole{.id = "c",
                     .image = torch::randn({2, 7, 9, 6}),
                     .label = torch::zeros({7, 9, 6}, torch::kUInt8)};
  whole.image.select(1, 0).sub_(9);  // the lowest values lie outside the crop
  measure(whole);
  CropConfig crop;
  crop.size = {4, 8, std::nullopt};
  const PreparedCase c = crop_case(whole, crop, CropFor::evaluation);
  const Dhw<std::int64_t> window = {8, 8, 11};
  std::vector<torch::Tensor> windows;
  SlidingWindow sliding(whole_image(c), lowest_values(c), window, {},
                        [&](const torch::Tensor& patch) {
                          windows.push_back(patch[0].clone());
                          return patch;
                        });
  while (sliding.next()) continue;
  REQUIRE(windows.size() == 1);
  CHECK(torch::equal(windows[0], cut_patch(c, {0, 0, 0}, window).image));
}

TEST_CASE("a window as large as the volume is one plain prediction", "[inference]") {
  const auto image = torch::randn({2, 8, 9, 10});
  InferenceConfig config;
  const auto got = slide_all(image, {8, 9, 10}, config);
  CHECK(torch::allclose(got, predictor(image.unsqueeze(0))[0], 1e-6, 1e-6));
}

TEST_CASE("blocks from slab to slab and band to band are those of sums of the whole volume",
          "[inference]") {
  torch::manual_seed(3);
  for (const auto& size : {std::vector<std::int64_t>{1, 21, 18, 17}, {2, 8, 33, 9}, {1, 41, 8, 8}})
    for (const double overlap : {0.0, 0.25, 0.5, 0.8})
      for (const auto importance : {Importance::gaussian, Importance::uniform}) {
        INFO(torch::IntArrayRef(size) << " " << overlap);
        const torch::Tensor image = torch::randn(size);
        const InferenceConfig config{.overlap = overlap, .importance = importance};
        const torch::Tensor plain = plain_slide(image, {8, 8, 8}, config);
        CHECK(torch::allclose(slide_all(image, {8, 8, 8}, config), plain, 1e-5, 1e-5));
        if (overlap > 0.5) continue;  // 512 windows on a voxel
        const SlidingPlace half{torch::kCPU, torch::kFloat16};
        const torch::Tensor rounded = slide_all(image, {8, 8, 8}, config, predictor, half);
        CHECK((rounded - plain).abs().max().item<double>() <
              4e-3 * plain.abs().max().item<double>());
      }
}

TEST_CASE("windows given to the network at once are those given one by one", "[inference]") {
  torch::manual_seed(4);
  const auto image = torch::randn({1, 21, 18, 40});
  InferenceConfig config;
  const torch::Tensor one = slide_all(image, {8, 8, 8}, config);
  for (const std::int64_t windows : {2, 3, 64}) {
    config.windows = windows;
    std::int64_t calls = 0, most = 0;
    const auto network = [&](const torch::Tensor& patches) {
      ++calls;
      most = std::max(most, patches.size(0));
      return predictor(patches);
    };
    CHECK(torch::equal(slide_all(image, {8, 8, 8}, config, network), one));
    CHECK(most == std::min<std::int64_t>(windows, 18));  // a row of 9, of two levels at the end
    CHECK(calls < window_count({21, 18, 40}, {8, 8, 8}, 0.5));
  }
}

TEST_CASE("windows that hold the lowest value alone take one window's logits", "[inference]") {
  torch::manual_seed(5);
  torch::Tensor image = torch::full({2, 24, 40, 48}, -1.5);
  image[1].fill_(0.25);
  image.narrow(1, 9, 6).narrow(2, 5, 9).narrow(3, 20, 9) += torch::rand({2, 6, 9, 9});
  for (const std::int64_t windows : {1, 4}) {
    InferenceConfig config;
    config.windows = windows;
    std::int64_t given = 0;
    const auto network = [&](const torch::Tensor& patches) {
      given += patches.size(0);
      return predictor(patches);
    };
    SlidingWindow sliding(image, {-1.5, 0.25}, {8, 8, 8}, config, network);
    const torch::Tensor skipped = gathered(sliding, image);
    CHECK(sliding.empty() > sliding.windows() / 2);
    CHECK(given == sliding.windows() - sliding.empty());
    config.skip_empty = false;
    SlidingWindow all(image, {-1.5, 0.25}, {8, 8, 8}, config, network);
    CHECK(torch::equal(gathered(all, image), skipped));
    CHECK(all.empty() == 0);
    config.skip_empty = true;  // one channel that differs is enough
    SlidingWindow other(image, {-1.5, 0.3}, {8, 8, 8}, config, network);
    gathered(other, image);
    CHECK(other.empty() == 0);
  }
}

TEST_CASE("a slab is less than one and a half windows deep, whatever the volume's length",
          "[inference]") {
  const InferenceConfig config;
  for (const std::int64_t depth : {8, 9, 12, 13, 100, 101, 103}) {
    SlidingWindow sliding(torch::rand({1, depth, 16, 16}), {0}, {8, 8, 8}, config, predictor);
    std::int64_t thickest = 0;
    while (const auto block = sliding.next()) thickest = std::max(thickest, block->scores.size(0));
    CHECK(thickest < 12);
  }
}

TEST_CASE("logits in bfloat16, contiguous or channels_last, are averaged in float32",
          "[inference]") {
  const auto image = torch::randn({1, 21, 18, 17});
  const InferenceConfig config;
  const auto rounded = [](const torch::Tensor& patch) {
    return predictor(patch).to(torch::kBFloat16);
  };
  const auto plain = slide_all(image, {8, 8, 8}, config, [&](const torch::Tensor& p) {
    return rounded(p).to(torch::kFloat32);
  });
  CHECK(torch::allclose(slide_all(image, {8, 8, 8}, config, rounded), plain, 1e-6, 1e-6));
  const auto last = slide_all(image, {8, 8, 8}, config, [&](const torch::Tensor& p) {
    return rounded(p).contiguous(torch::MemoryFormat::ChannelsLast3d);
  });
  CHECK(torch::allclose(last, plain, 1e-6, 1e-6));
}
