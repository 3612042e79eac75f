#include "engine/sliding_window.h"

#include "support/catch.h"
#include "tensor/safetensors.h"

#include <torch/torch.h>
#include <nlohmann/json.hpp>

#include <fstream>

using namespace seg;

namespace {

// The reference's predictor: ramp = 1 + 0.10 z + 0.02 y - 0.03 x (place in the window); s = sum of the channels; [s * ramp, ramp + 0.5 s].
torch::Tensor predictor(const torch::Tensor& patch) {
  const auto z = torch::arange(patch.size(2), torch::kFloat32).view({1, -1, 1, 1});
  const auto y = torch::arange(patch.size(3), torch::kFloat32).view({1, 1, -1, 1});
  const auto x = torch::arange(patch.size(4), torch::kFloat32).view({1, 1, 1, -1});
  const auto ramp = 1 + 0.10 * z + 0.02 * y - 0.03 * x, s = patch.sum(1);
  return torch::stack({s * ramp, ramp + 0.5 * s}, 1);
}

torch::Tensor slide_all(const torch::Tensor& image, const Size3& window, const InferenceConfig& config) {
  std::vector<torch::Tensor> slabs;
  std::int64_t next = 0;
  slide(image, window, config, predictor, [&](std::int64_t z, const torch::Tensor& logits) {
    REQUIRE(z == next);
    next += logits.size(1);
    slabs.push_back(logits.clone());
  });
  return torch::cat(slabs, 1);
}

}  // namespace

TEST_CASE("sliding window agrees with the reference", "[engine][oracle]") {
  SEG_ORACLE(oracle);
  const auto index = nlohmann::json::parse(std::ifstream(oracle / "sliding" / "cases.json"));
  for (const auto& c : index.at("cases")) {
    const auto tensors = read_safetensors(oracle / "sliding" / c.at("file").get<std::string>());
    const auto w = c.at("window").get<std::vector<std::int64_t>>();
    const Size3 window = {w[0], w[1], w[2]};
    const torch::Tensor image = tensors.count("input") ? tensors.at("input") : tensors.at("image");
    for (const auto& run : c.at("runs")) {
      if (run.at("mode") == "gaussian" && run.at("sigma_scale") != 0.125) continue;
      InferenceConfig config;
      config.overlap = run.at("overlap");
      config.importance = run.at("mode") == "gaussian" ? "gaussian" : "uniform";
      INFO(c.at("name") << " " << run.at("key"));
      const torch::Tensor expected = tensors.at(run.at("key").get<std::string>())[0];
      const torch::Tensor got = slide_all(image[0], window, config);
      REQUIRE(got.sizes() == expected.sizes());
      CHECK((got - expected).abs().max().item<double>() <= 2e-5);
    }
  }
}

TEST_CASE("a window as large as the volume is one plain prediction", "[engine]") {
  const auto image = torch::randn({2, 8, 9, 10});
  InferenceConfig config;
  const auto got = slide_all(image, {8, 9, 10}, config);
  CHECK(torch::allclose(got, predictor(image.unsqueeze(0))[0], 1e-6, 1e-6));
}

TEST_CASE("labels are the largest averaged logit, slab by slab", "[engine]") {
  const auto image = torch::randn({1, 21, 18, 17});
  InferenceConfig config;
  const auto labels = slide_labels(image, {8, 8, 8}, config, predictor);
  CHECK(torch::equal(labels, slide_all(image, {8, 8, 8}, config).argmax(0).to(torch::kUInt8)));
}
