#include "inference/sliding_window.h"

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

torch::Tensor slide_all(
    const torch::Tensor& image, const Dhw<std::int64_t>& window, const InferenceConfig& config,
    const std::function<torch::Tensor(const torch::Tensor&)>& network = predictor) {
  std::vector<torch::Tensor> slabs;
  std::int64_t next = 0;
  slide(image, window, config, network, [&](std::int64_t z, const torch::Tensor& logits) {
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
    slide(torch::zeros({1, 9, 20, 4}), {4, 8, 8}, config, count,
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

TEST_CASE("a window as large as the volume is one plain prediction", "[inference]") {
  const auto image = torch::randn({2, 8, 9, 10});
  InferenceConfig config;
  const auto got = slide_all(image, {8, 9, 10}, config);
  CHECK(torch::allclose(got, predictor(image.unsqueeze(0))[0], 1e-6, 1e-6));
}

TEST_CASE("labels are the largest averaged logit, slab by slab", "[inference]") {
  const auto image = torch::randn({1, 21, 18, 17});
  InferenceConfig config;
  const auto labels = slide_labels(image, {8, 8, 8}, config, predictor);
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
      image, {8, 8, 8}, config,
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
    const auto here = slide_labels(image, window, {}, network);
    const auto there = slide_labels(image.cuda(), window, {}, [&](const torch::Tensor& patch) {
      CHECK(patch.is_cuda());
      return network(patch).contiguous(torch::MemoryFormat::ChannelsLast3d);
    });
    CHECK(there.is_cpu());
    CHECK((there != here).to(torch::kFloat64).mean().item<double>() <
          1e-3);  // a tie decided by rounding
  }
}
