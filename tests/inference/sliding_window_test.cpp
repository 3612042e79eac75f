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

torch::Tensor slide_all(
    const torch::Tensor& image, const Dhw<std::int64_t>& window, const InferenceConfig& config,
    const std::function<torch::Tensor(const torch::Tensor&)>& network = predictor) {
  std::vector<torch::Tensor> slabs;
  std::int64_t next = 0;
  slide(image, zeros(image), window, config, network,
        [&](std::int64_t z, const torch::Tensor& logits) {
          REQUIRE(z == next);
          next += logits.size(1);
          slabs.push_back(logits.clone());
        });
  return torch::cat(slabs, 1);
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
    slide(torch::zeros({1, 9, 20, 4}), {0}, {4, 8, 8}, config, count,
          [](std::int64_t, const torch::Tensor&) {});
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
    std::vector<torch::Tensor> slabs;
    slide(image, lowest, window, config, network,
          [&](std::int64_t, const torch::Tensor& logits) { slabs.push_back(logits.clone()); });
    const torch::Tensor padded = torch::cat(slabs, 1),
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
  slide(
      whole_image(c), lowest_values(c), window, {},
      [&](const torch::Tensor& patch) {
        windows.push_back(patch[0].clone());
        return patch;
      },
      [](std::int64_t, const torch::Tensor&) {});
  REQUIRE(windows.size() == 1);
  CHECK(torch::equal(windows[0], cut_patch(c, {0, 0, 0}, window).image));
}

TEST_CASE("a window as large as the volume is one plain prediction", "[inference]") {
  const auto image = torch::randn({2, 8, 9, 10});
  InferenceConfig config;
  const auto got = slide_all(image, {8, 9, 10}, config);
  CHECK(torch::allclose(got, predictor(image.unsqueeze(0))[0], 1e-6, 1e-6));
}

TEST_CASE("labels are the largest averaged logit, slab by slab", "[inference]") {
  const auto image = torch::randn({1, 21, 18, 17});
  InferenceConfig config;
  const auto labels = slide_labels(image, {0}, {8, 8, 8}, config, predictor);
  CHECK(torch::equal(labels, slide_all(image, {8, 8, 8}, config).argmax(0).to(torch::kUInt8)));
}

TEST_CASE(
    "logits in bfloat16 and in channels_last are averaged in float32, in their own order of memory",
    "[inference]") {
  const auto image = torch::randn({1, 21, 18, 17});
  const InferenceConfig config;
  const auto rounded = [](const torch::Tensor& patch) {
    return predictor(patch).to(torch::kBFloat16);
  };
  const auto plain = slide_all(image, {8, 8, 8}, config, [&](const torch::Tensor& p) {
    return rounded(p).to(torch::kFloat32);
  });
  slide(
      image, {0}, {8, 8, 8}, config,
      [&](const torch::Tensor& p) {
        return rounded(p).contiguous(torch::MemoryFormat::ChannelsLast3d);
      },
      [&](std::int64_t z, const torch::Tensor& logits) {
        CHECK(logits.scalar_type() == torch::kFloat32);
        CHECK(logits.stride(0) == 1);
        CHECK(torch::allclose(logits, plain.narrow(1, z, logits.size(1)), 1e-6, 1e-6));
      });
}

TEST_CASE("on a GPU the windows are cut there, and the labels are the CPU's", "[inference][cuda]") {
  if (!torch::cuda::is_available()) SEG_SKIP("no GPU here");
  const auto image = torch::randn({2, 21, 30, 17}), weight = torch::randn({5, 2, 1, 1, 1});
  for (const Dhw<std::int64_t>& window :
       {Dhw<std::int64_t>{8, 16, 12},
        Dhw<std::int64_t>{24, 16, 24}}) {  // the second is longer than the volume
    const auto network = [&](const torch::Tensor& patch) {
      const auto ramp =
          torch::linspace(0.5, 1.5, patch.size(4), patch.options());  // by the place in the window
      return torch::conv3d(patch, weight.to(patch.device())).mul_(ramp);
    };
    const auto here = slide_labels(image, {-3, 2}, window, {}, network);
    const auto there =
        slide_labels(image.cuda(), {-3, 2}, window, {}, [&](const torch::Tensor& patch) {
          CHECK(patch.is_cuda());
          return network(patch).contiguous(torch::MemoryFormat::ChannelsLast3d);
        });
    CHECK(there.is_cpu());
    CHECK((there != here).to(torch::kFloat64).mean().item<double>() <
          1e-3);  // a tie decided by rounding
  }
}
